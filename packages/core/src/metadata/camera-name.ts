/** One name from maker and model, without the maker where the model begins with it: "NIKON D300", "Apple iPhone 11". */
export function cameraName(make: string | undefined, model: string | undefined): string | undefined {
  if (make === undefined || model === undefined) return model ?? make;
  const begins = model.toLowerCase();
  // "NIKON CORPORATION" and "NIKON D300", "EASTMAN KODAK COMPANY" and "KODAK DC240".
  const isNamed = make.split(/[\s,]+/).some((word) => word.length > 1 && begins.startsWith(word.toLowerCase()));
  return isNamed ? model : `${make} ${model}`.slice(0, 256);
}
