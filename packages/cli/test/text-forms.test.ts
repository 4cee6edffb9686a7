import { sep } from "node:path";
import { expect, test } from "vitest";
import { csvOf, hitCsv } from "../src/output/hit-csv.ts";
import { filledTemplate, parseTemplate } from "../src/output/template.ts";
import { hitAt, ranked } from "./ranked-hit.ts";

const hits = [
  hitAt('/photos/a, "b".jpg', { score: 0.573_022_4, confidence: 0.98123, copies: ["/x", "/y"] }),
  hitAt(Buffer.concat([Buffer.from("/photos/sub/line\n"), Buffer.of(0xff)]), { score: -0.25 }),
  hitAt("/else/c.jpg", { score: undefined }),
];

test.skipIf(sep !== "/")("CSV has a header, CRLF, quotes where they are needed, and paths of one line", () => {
  expect(hitCsv(ranked(hits))).toBe(
    [
      "rank,score,confidence,path,copies",
      '1,0.573022,0.9812,"/photos/a, ""b"".jpg",2',
      String.raw`2,-0.25,,/photos/sub/line\x0a\xff,0`,
      "3,,,/else/c.jpg,0",
      "",
    ].join("\r\n"),
  );
  expect(hitCsv([])).toBe("rank,score,confidence,path,copies\r\n");
});

test("no cell is a formula for a spreadsheet, and numbers stay numbers", () => {
  const cells = ["=1+1", "+1", "@SUM(A1)", "-x", "\tx", "-0.5", "-12", "1e5", "plain"];
  expect(csvOf([cells])).toBe("'=1+1,'+1,'@SUM(A1),'-x,'\tx,-0.5,-12,1e5,plain\r\n");
});

test.skipIf(sep !== "/").each([
  ["{rank}\\t{name}", ['1\ta, "b".jpg\n', "2\tline\\x0a\\xff\n", "3\tc.jpg\n"]],
  ["{score} {confidence} {copies}", ["0.573022 0.9812 2\n", "-0.250000  0\n", "  0\n"]],
  ["{path}\\0", ['/photos/a, "b".jpg\0', "/photos/sub/line\\x0a\\xff\0", "/else/c.jpg\0"]],
  ["{relative}\\r\\n", ['a, "b".jpg\r\n', "sub/line\\x0a\\xff\r\n", "/else/c.jpg\r\n"]],
  [
    "{dir}: {url}",
    [
      "/photos: file:///photos/a%2C%20%22b%22.jpg\n",
      "/photos/sub: file:///photos/sub/line%0A%FF\n",
      "/else: file:///else/c.jpg\n",
    ],
  ],
  ["{{{rank}}} \\\\n", ["{1} \\n\n", "{2} \\n\n", "{3} \\n\n"]],
  ["", ["\n", "\n", "\n"]],
  ["ü\n", ["ü\n", "ü\n", "ü\n"]],
])("the template %j is filled", (template, expected) => {
  const parsed = parseTemplate(template);
  expect(ranked(hits).map((each) => filledTemplate(parsed, each))).toEqual(expected);
});

const fields =
  "There are {rank} {score} {confidence} {path} {relative} {name} {dir} {url} {copies} " +
  "{taken} {latitude} {longitude} {camera} {lens} {rating} {keywords} {caption}";
const escapes = String.raw`There are \t \n \r \0 \\`;

test.each([
  ["{foo}", "Expected a field in --format, found {foo}", fields],
  ["{}", "Expected a field in --format, found {}", fields],
  ["{toString}", "Expected a field in --format, found {toString}", fields],
  ["a {path", "Expected a field in --format, found a single {", `${fields}, and {{ for the brace itself`],
  ["a }", "Expected a field in --format, found a single }", `${fields}, and }} for the brace itself`],
  ["\\x41", String.raw`Expected an escape in --format, found \x`, escapes],
  ["end\\", "Expected an escape in --format, found \\", escapes],
])("the template %j is refused, with what there is", (template, message, hint) => {
  expect(() => parseTemplate(template)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message, hint }));
});
