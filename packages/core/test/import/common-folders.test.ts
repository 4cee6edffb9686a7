import { expect, test } from "vitest";
import { type BytePath, bytePathFromText } from "../../src/byte-path.ts";
import { commonFolders } from "../../src/import/common-folders.ts";

const home = bytePathFromText("/home/ann");

function common(...folders: string[]): string[] {
  return commonFolders(folders as BytePath[], home);
}

test.each<[title: string, folders: string[], expected: string[]]>([
  ["none", [], []],
  ["one is itself", ["/home/ann/Pictures/2020"], ["/home/ann/Pictures/2020"]],
  ["several: the deepest that holds them", ["/data/p/2020/a", "/data/p/2020/b", "/data/p/2021"], ["/data/p"]],
  ["one that holds the others", ["/data/p", "/data/p/a", "/data/p-x/b"], ["/data"]],
  ["by names, not by letters", ["/data/photos", "/data/photos2"], ["/data"]],
  [
    "a home directory is divided",
    ["/home/ann/Pictures/a", "/home/ann/Pictures/b", "/home/ann/Downloads/x/y"],
    ["/home/ann/Downloads/x/y", "/home/ann/Pictures"],
  ],
  ["unless photos lie right in it", ["/home/ann", "/home/ann/Pictures/a"], ["/home/ann"]],
  ["what is above one is divided", ["/home/bob/p/a", "/home/bob/p/b", "/srv/a", "/srv/b"], ["/home/bob/p", "/srv"]],
  ["disks", ["/mnt/nas/a", "/mnt/nas/b", "/mnt/usb"], ["/mnt/nas", "/mnt/usb"]],
  ["disks of a user", ["/media/ann/A/x", "/media/ann/B/x", "/media/ann/B/y"], ["/media/ann/A/x", "/media/ann/B"]],
  ["the top folder, where there are photos in it", ["/", "/home/ann/x"], ["/"]],
])("common folders: %s", (_, folders, expected) => {
  expect(common(...folders)).toEqual(expected);
});

test("names need not be UTF-8", () => {
  expect(common("/data/\xff\xfe/a", "/data/\xff\xfe/b")).toEqual(["/data/\xff\xfe"]);
});
