export const directory = import.meta.dirname;
