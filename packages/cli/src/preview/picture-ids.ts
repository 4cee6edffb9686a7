/** The first of this process's: others that run in the same terminal begin elsewhere. */
let last = Math.floor(Math.random() * 2 ** 23);

/** Numbers by which a terminal knows pictures (kitty-picture.ts): 1 to 2^24 - 1, each once. */
export const pictureIds = {
  next: (): number => {
    last = (last % (2 ** 24 - 1)) + 1;
    return last;
  },
};
