use super::{MOST_XMP, Statement, statements};

/// A little-endian TIFF whose first directory has these fields: tag, type, count, value or offset.
fn tiff(fields: &[(u16, u16, u32, u32)], tail: &[u8]) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(u16::try_from(fields.len()).unwrap().to_le_bytes());
    for &(tag, kind, count, value) in fields {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(tail);
    bytes
}

/// A camera of the model "X9".
fn x9() -> Vec<u8> {
    tiff(&[(0x0110, 2, 3, u32::from_le_bytes(*b"X9\0\0"))], b"")
}

fn packet(body: &str) -> String {
    format!(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
         xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xap='http://ns.adobe.com/xap/1.0/'>\
         {body}</rdf:RDF>"
    )
}

fn rating(stars: u8) -> String {
    packet(&format!("<rdf:Description xap:Rating='{stars}'/>"))
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], body].concat()
}

fn boxed(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&length[..], &name, body].concat()
}

fn said(bytes: &[u8]) -> Vec<String> {
    let line = |Statement { name, values }| format!("{name}={}", values.join("|"));
    statements(bytes).into_iter().map(line).collect()
}

#[test]
fn every_container_says_what_is_in_it() {
    let (x9, xmp) = (x9(), rating(3));
    let exif_segment = segment(0xe1, &[b"Exif\0\0", &x9[..]].concat());
    let xmp_segment = segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat());
    let jpeg = [b"\xff\xd8", &exif_segment[..], &xmp_segment, b"\xff\xda\0\0"].concat();
    let raf = [b"FUJIFILMCCD-RAW ".as_slice(), &[0; 68], &100_u32.to_be_bytes(), &[0; 12], &jpeg]
        .concat();
    let cr3 = [
        boxed(*b"ftyp", b"crx \0\0\0\x01crx isom"),
        boxed(*b"moov", &[boxed(*b"CMT1", &x9), boxed(*b"XMP_", xmp.as_bytes())].concat()),
    ]
    .concat();
    let jxl = [
        boxed(*b"JXL ", b"\r\n\x87\n"),
        boxed(*b"jxlc", b"\xff\x0a"),
        boxed(*b"Exif", &[b"\0\0\0\0", &x9[..]].concat()),
        boxed(*b"xml ", xmp.as_bytes()),
    ]
    .concat();
    let riff = |name: &[u8; 4], body: &[u8]| {
        let padded = [body, &b"\0"[..body.len() % 2]].concat();
        [name, &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &padded].concat()
    };
    let chunks = [b"WEBP".to_vec(), riff(b"EXIF", &x9), riff(b"XMP ", xmp.as_bytes())].concat();
    let webp = riff(b"RIFF", &chunks);
    let chunk = |name: &[u8; 4], body: &[u8]| {
        [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], name, body, &[0; 4]].concat()
    };
    let itxt = [b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_bytes()].concat();
    let png = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"iTXt", &itxt), chunk(b"eXIf", &x9)].concat();
    for (format, bytes) in
        [("jpeg", jpeg), ("raf", raf), ("cr3", cr3), ("jxl", jxl), ("webp", webp), ("png", png)]
    {
        assert_eq!(said(&bytes), ["exif:Model=X9", "xmp:Rating=3"], "{format}");
    }
    for magic in [*b"IIRO", *b"IIRS", *b"IIU\0"] {
        let mut raw = x9.clone();
        raw[..4].copy_from_slice(&magic);
        assert_eq!(said(&raw), ["exif:Model=X9"]);
    }
    let length = u32::try_from(xmp.len()).unwrap();
    let with_xmp = tiff(&[(700, 1, length, 26)], xmp.as_bytes());
    assert_eq!(said(&with_xmp), ["xmp:Rating=3"]);
}

#[test]
fn a_broken_field_costs_no_other() {
    let fields = [
        (0x010f, 2, 0xffff_ffff, 0xffff_fff0),
        (0x0110, 2, 3, u32::from_le_bytes(*b"X9\0\0")),
        (0x4746, 3, 1, 4),
        (0x8769, 4, 1, 8),
        (0x8825, 4, 1, 0xffff_ffff),
    ];
    assert_eq!(said(&tiff(&fields, b"")), ["exif:Model=X9", "exif:Rating=4"]);
}

#[test]
fn xmp_is_read_by_its_namespaces_whatever_its_form() {
    let body = "<rdf:Description xap:Rating='5'>\
        <dc:subject><rdf:Bag><rdf:li>a &amp; b</rdf:li><rdf:li><![CDATA[<c>]]></rdf:li><rdf:li>&#x1F600;</rdf:li></rdf:Bag></dc:subject>\
        <dc:description><rdf:Alt><rdf:li xml:lang='de'>nein</rdf:li><rdf:li xml:lang='x-default'>yes</rdf:li></rdf:Alt></dc:description>\
        <other:thing xmlns:other='urn:x'><rdf:Description xap:Rating='1'><dc:title>no</dc:title></rdf:Description></other:thing>\
        <dc:title> plain </dc:title></rdf:Description>\
        <rdf:Description xap:Rating='2' xmlns:d='http://purl.org/dc/elements/1.1/' d:subject='late'/>";
    let expected = [
        "xmp:Rating=5",
        "dc:subject=a & b|<c>|\u{1f600}",
        "dc:description=yes|nein",
        "dc:title=plain",
    ];
    let text = packet(body);
    assert_eq!(said(text.as_bytes()), expected);
    let wide: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(said(&wide), expected);
    let marked = format!("\u{feff}<?xpacket begin='\u{feff}'?>\n{text}");
    assert_eq!(said(marked.as_bytes()), expected);
    let empty = packet("<rdf:Description><dc:subject><rdf:Bag/></dc:subject></rdf:Description>");
    assert_eq!(said(empty.as_bytes()), ["dc:subject="]);
    // Cut off: what came before counts.
    let cut = &text[..text.find("<other").unwrap()];
    assert_eq!(said(cut.as_bytes()), expected[..3]);
}

#[test]
fn nobodys_entities_are_expanded_and_what_is_deep_or_large_ends_it() {
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY a '{}'><!ENTITY b '&a;&a;&a;'>]>{}",
        "x".repeat(1000),
        packet("<rdf:Description><dc:title>t&b;</dc:title></rdf:Description>")
    );
    assert_eq!(said(bomb.as_bytes()), ["dc:title=t"]);
    let deep = packet(&format!("<rdf:Description><dc:title>{}", "<a>".repeat(100_000)));
    assert!(said(deep.as_bytes()).is_empty());
    let large = format!("{}{}", rating(1), " ".repeat(MOST_XMP));
    assert!(said(large.as_bytes()).is_empty());
}

#[test]
fn iptc_is_utf8_where_it_is_and_latin_1_where_not() {
    let set = |number: u8, text: &[u8]| {
        [&[0x1c, 2, number][..], &u16::try_from(text.len()).unwrap().to_be_bytes(), text].concat()
    };
    let block = [set(25, b"M\xfcnchen"), set(25, "Köln".as_bytes()), set(55, b"20060523")].concat();
    let resource = |id: u16, body: &[u8]| {
        let size = u32::try_from(body.len()).unwrap().to_be_bytes();
        [b"8BIM", &id.to_be_bytes()[..], b"\0\0", &size, body, &b"\0"[..body.len() % 2]].concat()
    };
    let photoshop =
        [b"Photoshop 3.0\0".to_vec(), resource(0x03ed, b"odd"), resource(0x0404, &block)].concat();
    // In two segments, as it may be.
    let (first, second) = photoshop.split_at(30);
    let second = [b"Photoshop 3.0\0", second].concat();
    let jpeg = [b"\xff\xd8".to_vec(), segment(0xed, first), segment(0xed, &second)].concat();
    assert_eq!(said(&jpeg), ["iptc:Keywords=München|Köln", "iptc:DateCreated=20060523"]);
}

#[test]
fn what_is_cut_off_anywhere_is_read_up_to_there() {
    let exif = segment(0xe1, &[b"Exif\0\0", &x9()[..]].concat());
    let jpeg = [b"\xff\xd8", &exif[..]].concat();
    for length in 0..=jpeg.len() {
        let found = said(&jpeg[..length]);
        assert!(found.is_empty() || found == ["exif:Model=X9"]);
    }
    for length in 0..x9().len() {
        said(&x9()[..length]);
    }
}

#[test]
fn fields_that_claim_the_whole_file_take_no_more_memory_than_texts() {
    // A file of 32 MB, all of whose texts claim 30.
    let many = 0x1e0_0000;
    let fields: Vec<_> =
        [0x010e, 0x010f, 0x0110, 0x9c9b, 0x9c9e].map(|tag| (tag, 2, many, 100)).into();
    let found = statements(&tiff(&fields, &vec![b'x'; 0x200_0000]));
    let lengths: Vec<_> = found.iter().map(|it| (it.name, it.values[0].len())).collect();
    let most = 1 << 16;
    let expected = [("exif:ImageDescription", most), ("exif:Make", most), ("exif:Model", most)];
    assert_eq!(lengths, expected);
}

#[test]
fn both_orders_of_bytes_and_directories_below_are_read() {
    for is_little in [true, false] {
        let short = |value: u16| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
            [&short(tag)[..], &short(kind), &long(count), &value].concat()
        };
        let directory = |entries: &[Vec<u8>]| {
            let count = u16::try_from(entries.len()).unwrap();
            [&short(count)[..], &entries.concat(), &long(0)].concat()
        };
        let degrees = |numbers: [u32; 3]| numbers.map(|it| [long(it), long(1)].concat()).concat();
        let mut bytes = [if is_little { b"II*\0" } else { b"MM\0*" }, &long(8)[..]].concat();
        bytes.extend(directory(&[
            entry(0x8825, 4, 1, long(100)),
            entry(0x8769, 4, 1, long(200)),
            entry(0x4746, 3, 1, [short(4), [0, 0]].concat().try_into().unwrap()),
        ]));
        bytes.resize(100, 0);
        bytes.extend(directory(&[
            entry(1, 2, 2, *b"S\0\0\0"),
            entry(2, 5, 3, long(300)),
            entry(3, 2, 2, *b"E\0\0\0"),
            entry(4, 5, 3, long(330)),
        ]));
        bytes.resize(200, 0);
        bytes.extend(directory(&[entry(0xa434, 2, 3, *b"50\0\0")]));
        bytes.resize(300, 0);
        bytes.extend(degrees([33, 30, 36]));
        bytes.resize(330, 0);
        bytes.extend(degrees([151, 0, 0]));
        let expected = [
            "exif:Rating=4",
            "exif:LensModel=50",
            "exif:GPSLatitude=-33.51",
            "exif:GPSLongitude=151",
        ];
        assert_eq!(said(&bytes), expected);
    }
}
