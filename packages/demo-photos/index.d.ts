/**
 * Directory of the demo's pictures: `first/` to begin with, `later/` to add. What each shows is in `pictures.json`
 * beside it; file names give nothing away.
 */
export declare const directory: string;
