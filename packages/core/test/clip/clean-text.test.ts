import { expect, test } from "vitest";
import { cleanText } from "../../src/clip/clean-text.ts";

// The expected texts are those of ftfy 6.3.1, html.unescape and str.split in Python 3.11.
test.each([
  ["  A  Photo\tof\r\na CAT \u00a0", "a photo of a cat"],
  ["caf\u0065\u0301", "café"],
  ["ﬁne ﬀ ﬅ Ǆ ǲ Ĳ ŉ", "fine ff ſt dž dz ij 'n"],
  ["ＦＵＬＬ　ｶﾞ！", "full ガ!"],
  ["“curly” ‘quotes’ ʼn", "\"curly\" 'quotes' 'n"],
  ["a\u2028b\u0085c", "a b…c"],
  ["\u001b[31mred\u001b[0m \u0007bell\ufeff", "red bell"],
  ["\u0080 \u0093 \u009d", '€ " \u009d'],
  ["lone \ud83d and whole \ud83d\ude00", "lone � and whole 😀"],
  ["&lt;b&gt; &amp;amp;amp; html", "<b> & html"],
  ["P&EACUTE;REZ STRA&SZLIG;E &nTILDE;", "pérez strasse &ntilde;"],
  ["this&not that &notit; &ampersand;", "this¬ that ¬it; &ersand;"],
  ["&#65;&#x42;&#0;&#128;&#xd800;|&#1;|&#xfffe;|", "ab�€�|||"],
  ["&#12abc; &#abc; &#xzz; &;&", "abc; &#abc; &#xzz; &;&"],
  ["a < b &amp;amp;amp;amp; c", "a < b &amp;amp; c"],
  ["x\u001cy\u001fz", "xyz"],
  ["İstanbul ΟΔΟΣ", "i̇stanbul οδος"],
  ["cafÃ© mojibake", "cafã© mojibake"],
])("%j becomes %j", (text, clean) => {
  expect(cleanText(text)).toBe(clean);
});
