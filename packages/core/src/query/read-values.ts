import type { DateRange, NumberRange } from "../photo-filter.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
};

function numberOf(text: string, withUnit: boolean): number | undefined {
  const [, digits, unit = ""] = /^(-?\d+(?:\.\d+)?|-?\.\d+)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = withUnit ? units[unit.toLowerCase()] : unit === "" ? 1 : undefined;
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** "4", ">4", ">=4", "<4", "<=4", "2..4", "2..", "..4"; undefined for anything else. With units of bytes if asked for. */
export function readRange(text: string, withUnit: boolean): NumberRange | undefined {
  const [, sign, limit] = /^([<>]=?|=)(.+)$/.exec(text) ?? [];
  if (sign !== undefined && limit !== undefined) {
    const value = numberOf(limit, withUnit);
    if (value === undefined) return undefined;
    if (sign === "=") return { min: value, max: value };
    const strict = !sign.endsWith("=");
    if (sign.startsWith(">")) return { min: value, ...(strict && { aboveMin: true as const }) };
    return { max: value, ...(strict && { belowMax: true as const }) };
  }
  const [, first, last] = /^(.*?)\.\.(.*)$/.exec(text) ?? [undefined, text, text];
  if (first === "" && last === "") return undefined;
  const [min, max] = [first, last].map((bound) => (bound === "" ? undefined : numberOf(bound, withUnit)));
  if ((first !== "" && min === undefined) || (last !== "" && max === undefined)) return undefined;
  if (min !== undefined && max !== undefined && min > max) return undefined;
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** A year, month, day or minute as its first and first following millisecond, or days of every year. */
function readDate(text: string): { from: number; to: number } | { yearly: { from: number; to: number } } | undefined {
  const [, year, month, day, hour, minute] = /^(\d{4}|\*)(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d))?)?)?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const at = (years: number): number =>
    new Date(0).setUTCFullYear(years, Number(month ?? 1) - 1, Number(day ?? 1)) +
    60_000 * (60 * Number(hour ?? 0) + Number(minute ?? 0));
  // A leap year, so that 29 February is a day of every year.
  const from = at(year === "*" ? 2000 : Number(year));
  const start = new Date(from);
  const isReal =
    start.getUTCMonth() === Number(month ?? 1) - 1 &&
    start.getUTCDate() === Number(day ?? 1) &&
    Number(hour ?? 0) < 24 &&
    Number(minute ?? 0) < 60;
  if (!isReal) return undefined;
  if (year === "*") {
    if (month === undefined || hour !== undefined) return undefined;
    const monthDay = 100 * Number(month);
    return { yearly: { from: monthDay + Number(day ?? 1), to: monthDay + Number(day ?? 31) } };
  }
  const to = new Date(from);
  if (hour !== undefined) to.setUTCMinutes(to.getUTCMinutes() + 1);
  else if (day !== undefined) to.setUTCDate(to.getUTCDate() + 1);
  else if (month !== undefined) to.setUTCMonth(to.getUTCMonth() + 1);
  else to.setUTCFullYear(to.getUTCFullYear() + 1);
  return { from, to: to.getTime() };
}

/** A date or a range of dates, both ends included as a whole; undefined for what is none. */
export function readDates(key: "after" | "before" | "on", text: string): DateRange | undefined {
  const parts = text.split("..");
  if (parts.length > 2 || (key !== "on" && parts.length > 1)) return undefined;
  const [first, last] = parts.map((part) => (part === "" ? null : readDate(part)));
  if (first === undefined || (parts.length === 2 && last === undefined) || (!first && !last)) return undefined;
  if (parts.length === 1) {
    if (first === null || ("yearly" in first && key !== "on")) return undefined;
    if (key === "on" || "yearly" in first) return first;
    return key === "after" ? { from: first.from } : { to: first.from };
  }
  if (first && last && "yearly" in first && "yearly" in last) {
    return { yearly: { from: first.yearly.from, to: last.yearly.to } };
  }
  if ((first && "yearly" in first) || (last && "yearly" in last)) return undefined;
  if (first && last && first.from >= last.to) return undefined;
  return { ...(first && { from: first.from }), ...(last && { to: last.to }) };
}

/** "48.85,2.35,5km"; a kilometre unless a distance is given. */
export function readNear(text: string): { latitude: number; longitude: number; metres: number } | undefined {
  const [, latitude, longitude, distance = "1", unit = "km"] =
    /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?)(m|km|mi)?)?$/.exec(text) ?? [];
  const metres = Number(distance) * { m: 1, km: 1000, mi: 1609.344 }[unit as "km"];
  if (latitude === undefined || Math.abs(Number(latitude)) > 90 || Math.abs(Number(longitude)) > 180) return undefined;
  return metres > 0 ? { latitude: Number(latitude), longitude: Number(longitude), metres } : undefined;
}
