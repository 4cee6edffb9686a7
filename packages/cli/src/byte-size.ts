const units: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** Bytes of a size such as "1500M" or "2G" (powers of ten); undefined when it is none. */
export function byteSize(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([kmg]?)b?$/i.exec(text.trim()) ?? [];
  const bytes = Number(digits) * (units[unit.toLowerCase()] as number);
  return digits === "" || bytes < 1 ? undefined : Math.round(bytes);
}
