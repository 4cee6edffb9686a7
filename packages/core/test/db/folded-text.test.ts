import { sep } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import type { CatalogFilter } from "../../src/db/filter-conditions.ts";
import { defineFolding, foldedSql, foldedText } from "../../src/db/folded-text.ts";
import { type Catalog, openCatalog } from "../../src/db/open-catalog.ts";

function open(): Catalog {
  const catalog = openCatalog(temporaryDirectory());
  onTestFinished(() => catalog.close());
  return catalog;
}

/** Makes the catalog know a photo, alone, and says which of the filters find it. */
function photo(catalog: Catalog, said: { text: string; name: string }): (filter: CatalogFilter) => boolean {
  const ids = [1];
  catalog.transaction(() => {
    for (const each of catalog.files.ofContent(1))
      catalog.files.put({ ...row(each.directoryId, each.name), contentId: null });
    catalog.contents.remove(ids);
    catalog.contents.insert({ id: 1, hash: new Uint8Array(16), bytes: 1 });
    const directoryId = catalog.directories.findOrInsert(bytePathFromText(`${sep}photos`));
    catalog.files.put({ ...row(directoryId, bytePathFromText(said.name)), contentId: 1 });
    catalog.metadata.describe(1, { camera: said.text, lens: said.text, keywords: [said.text] });
  });
  return (filter) =>
    catalog.photos.matching([filter]).length > 0 && catalog.photos.paths(1, [filter])[0]?.fits === true;
}

function row(directoryId: number, name: ReturnType<typeof bytePathFromText>) {
  const fingerprint = { bytes: 1n, mtimeNs: 2n, ctimeNs: 3n, inode: 4n };
  return { directoryId, name, fingerprint, error: null };
}

const filtersOf = (pattern: string): CatalogFilter[] =>
  (["tag", "camera", "lens", "name"] as const).map((key) => ({ key, pattern, negated: false }));

/** Letters whose case is more than a letter for a letter, among any others. */
const odd = Array.from("aZäÖßẞσΣςİIıǰŉΐﬁſ\u212aÅéΆΌЖжა\u0301\u0308鳥");
const text = fc
  .array(fc.oneof(fc.constantFrom(...odd), fc.string({ unit: "binary", maxLength: 1 })), { minLength: 1, maxLength: 8 })
  .map((characters) => characters.join(""))
  // An iota below becomes a letter of its own in upper case, and takes the marks with it that stand behind.
  .filter((each) => each.isWellFormed() && !each.normalize("NFD").includes("\u0345"));

test("a text, in upper case, in lower case, of characters or of their parts, is folded to the same, and that to itself", () => {
  fc.assert(
    fc.property(text, (said) => {
      const folded = foldedText(said);
      const ways = [said.toUpperCase(), said.toLowerCase(), said.normalize("NFD"), said.normalize("NFC"), folded];
      expect(ways.map(foldedText)).toEqual(ways.map(() => folded));
    }),
    { numRuns: 5000 },
  );
});

test("the catalog folds as JavaScript does, whatever it leaves to SQLite", () => {
  const db = new Database(":memory:");
  onTestFinished(() => void db.close());
  defineFolding(db);
  const folded = db
    .prepare<[string | null], string | null>(`SELECT ${foldedSql("said")} FROM (SELECT ? AS said)`)
    .pluck();
  const any = fc.oneof(text, fc.string(), fc.string({ unit: "binary" })).filter((said) => said.isWellFormed());
  fc.assert(
    fc.property(any, (said) => {
      expect(folded.get(said)).toBe(foldedText(said));
    }),
    { numRuns: 5000 },
  );
  expect(folded.get(null)).toBe(null);
});

// No drive and no directory can be named like that.
const nameable = text.map((each) => each.replaceAll(/[/\\\0]/g, "_")).filter((each) => /[^.]/.test(each));

test("filters on text find it in upper case, in lower case, and as characters or their parts", () => {
  const catalog = open();
  fc.assert(
    fc.property(nameable, (said) => {
      // What a keyword holds is cleaned when it is read; * ? [ make a glob of it.
      fc.pre(!/[*?[]/.test(said));
      const finds = photo(catalog, { text: said, name: `${said}.JPG` });
      for (const way of [said, said.toUpperCase(), said.toLowerCase(), said.normalize("NFD")]) {
        expect(filtersOf(way).map(finds)).toEqual([true, true, true, true]);
        expect(filtersOf(`${way}x`).map(finds)).toEqual([false, false, false, false]);
      }
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["Übung", ["übung", "ÜBUNG", "U\u0308bung", "üb*", "?BUNG", "[ä-ü]bung"], ["ubung", "[a-z]bung"]],
  ["ΣΊΣΥΦΟΣ", ["σίσυφος", "Σίσυφος", "σίσυφοσ", "σίσ*", "*ΦΟΣ"], ["σισυφος"]],
  ["Straße", ["STRASSE", "strasse", "straße", "STRAẞE", "stra??e"], ["strase"]],
  ["İstanbul", ["i\u0307stanbul", "İSTANBUL"], ["istanbul"]],
  ["ЁЛКА", ["ёлка", "Е\u0308лка"], ["елка"]],
  ["東京タワー", ["東京タワー", "東京*"], ["東京"]],
  ["plain Words", ["PLAIN WORDS", "plain*"], ["plain"]],
])("%s is the keyword that is meant by %j, but not by %j", (keyword, finds, findsNot) => {
  const found = photo(open(), { text: keyword, name: "a.jpg" });
  const tag = (pattern: string): boolean => found({ key: "tag", pattern, negated: false });
  expect(finds.filter((pattern) => !tag(pattern))).toEqual([]);
  expect(findsNot.filter(tag)).toEqual([]);
});

test("names that are not UTF-8 are found by the part that is text, and extensions in any case", () => {
  const catalog = open();
  const found = photo(catalog, { text: "x", name: "ÉTÉ.JPÉG" });
  expect(found({ key: "ext", any: ["jpég"], negated: false })).toBe(true);
  expect(found({ key: "ext", any: ["jpeg"], negated: false })).toBe(false);
  const directoryId = catalog.directories.findOrInsert(bytePathFromText(`${sep}photos`));
  const name = "\u00ff\u0080 HOLIDAY.Jpg" as ReturnType<typeof bytePathFromText>;
  catalog.files.put({ ...row(directoryId, name), contentId: 1 });
  for (const pattern of ["holiday", "*holiday.jpg"]) {
    expect(catalog.photos.paths(1, [{ key: "name", pattern, negated: false }])[0]).toEqual({
      path: `${sep}photos${sep}${name}`,
      fits: true,
    });
  }
});
