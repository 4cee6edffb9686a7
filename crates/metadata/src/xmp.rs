//! What does an XMP packet say?

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use crate::{Statement, Statements};

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// Namespace, property, name of the statement. Prefixes in files mean nothing.
const PROPERTIES: &[(&str, &str, &str)] = &[
    ("http://ns.adobe.com/xap/1.0/", "Rating", "xmp:Rating"),
    ("http://ns.adobe.com/xap/1.0/", "CreateDate", "xmp:CreateDate"),
    ("http://purl.org/dc/elements/1.1/", "subject", "dc:subject"),
    ("http://purl.org/dc/elements/1.1/", "description", "dc:description"),
    ("http://purl.org/dc/elements/1.1/", "title", "dc:title"),
    ("http://ns.adobe.com/exif/1.0/", "DateTimeOriginal", "xmp-exif:DateTimeOriginal"),
    ("http://ns.adobe.com/exif/1.0/", "DateTimeDigitized", "xmp-exif:DateTimeDigitized"),
    ("http://ns.adobe.com/exif/1.0/", "GPSLatitude", "xmp-exif:GPSLatitude"),
    ("http://ns.adobe.com/exif/1.0/", "GPSLongitude", "xmp-exif:GPSLongitude"),
    ("http://ns.adobe.com/exif/1.0/", "GPSAltitude", "xmp-exif:GPSAltitude"),
    ("http://ns.adobe.com/exif/1.0/", "GPSAltitudeRef", "xmp-exif:GPSAltitudeRef"),
    ("http://ns.adobe.com/photoshop/1.0/", "DateCreated", "photoshop:DateCreated"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "DateCreated", "Iptc4xmpCore:DateCreated"),
    ("http://ns.adobe.com/tiff/1.0/", "Make", "tiff:Make"),
    ("http://ns.adobe.com/tiff/1.0/", "Model", "tiff:Model"),
    ("http://cipa.jp/exif/1.0/", "LensModel", "exifEX:LensModel"),
    ("http://ns.adobe.com/exif/1.0/aux/", "Lens", "aux:Lens"),
    ("http://ns.adobe.com/lightroom/1.0/", "hierarchicalSubject", "lr:hierarchicalSubject"),
    ("http://www.digikam.org/ns/1.0/", "TagsList", "digiKam:TagsList"),
    ("http://ns.microsoft.com/photo/1.0/", "Rating", "MicrosoftPhoto:Rating"),
    ("http://ns.microsoft.com/photo/1.0", "Rating", "MicrosoftPhoto:Rating"),
    ("http://ns.microsoft.com/photo/1.0/", "LastKeywordXMP", "MicrosoftPhoto:LastKeywordXMP"),
    ("http://ns.microsoft.com/photo/1.0", "LastKeywordXMP", "MicrosoftPhoto:LastKeywordXMP"),
];

/// Items of a list that are kept.
const MOST_ITEMS: usize = 4096;
/// What is nested deeper is no metadata.
const MOST_DEPTH: usize = 64;

/// What the packet says, up to where it is no XML any more.
pub(crate) fn statements(packet: &[u8]) -> Statements {
    let text = decoded(packet);
    let mut reader = NsReader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut state = State::default();
    while state.depth < MOST_DEPTH {
        match reader.read_event() {
            Ok(Event::Start(element)) => state.start(&reader, &element),
            Ok(Event::End(_)) => state.end(),
            Ok(Event::Text(text)) => state.text(&text.xml10_content()),
            Ok(Event::CData(text)) => state.text(&text.xml10_content()),
            // Only what XML itself defines: nobody's own entities are expanded.
            Ok(Event::GeneralRef(entity)) => match entity.resolve_char_ref() {
                Ok(Some(character)) => state.text(character.encode_utf8(&mut [0; 4])),
                _ => state.text(resolve_predefined_entity(&entity).unwrap_or_default()),
            },
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    state.found
}

/// XMP is UTF-8, and UTF-16 now and then.
fn decoded(packet: &[u8]) -> Cow<'_, str> {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units = packet[2..].as_chunks().0.iter().map(|pair| read(*pair));
        Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect())
    };
    match packet {
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        _ => String::from_utf8_lossy(packet.strip_prefix(b"\xef\xbb\xbf").unwrap_or(packet)),
    }
}

/// A property that is open: a child of a top-level rdf:Description.
struct Property {
    /// Absent where nobody asks for it.
    name: Option<&'static str>,
    depth: usize,
    text: String,
    items: Vec<String>,
    is_list: bool,
    /// Depth and text of the item that is open.
    item: Option<(usize, String, bool)>,
}

#[derive(Default)]
struct State {
    found: Statements,
    depth: usize,
    /// Depth of the rdf:Description that is open.
    description: Option<usize>,
    property: Option<Property>,
}

impl State {
    fn start(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart) {
        self.depth += 1;
        let (namespace, local) = reader.resolver().resolve_element(element.name());
        let local = local.as_ref();
        let is_rdf = matches!(namespace, ResolveResult::Bound(Namespace(uri)) if uri == RDF);
        if let Some(property) = &mut self.property {
            property.is_list |= is_rdf && matches!(local, "Bag" | "Seq" | "Alt");
            let is_item = is_rdf && local == "li" && self.depth == property.depth + 2;
            if is_item && property.items.len() < MOST_ITEMS {
                let is_default = element
                    .try_get_attribute("xml:lang")
                    .is_ok_and(|lang| lang.is_some_and(|lang| &*lang.value == "x-default"));
                property.item = Some((self.depth, String::new(), is_default));
            }
        } else if self.description.is_some() {
            let name = named(&namespace, local);
            self.property = Some(Property {
                name,
                depth: self.depth,
                text: String::new(),
                items: Vec::new(),
                is_list: false,
                item: None,
            });
        } else if is_rdf && local == "Description" {
            self.description = Some(self.depth);
            // Properties that are one text may be attributes.
            for attribute in element.attributes().with_checks(false).flatten() {
                let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
                let name = named(&namespace, local.as_ref());
                if let (Some(name), Ok(value)) =
                    (name, attribute.normalized_value(XmlVersion::Implicit1_0))
                {
                    self.state(name, vec![value.into_owned()]);
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let Some(property) = &mut self.property else { return };
        match &mut property.item {
            Some((_, item, _)) => item.push_str(text),
            None => property.text.push_str(text),
        }
    }

    fn end(&mut self) {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if let Some(property) = &mut self.property
            && let Some((_, item, is_default)) = property.item.take_if(|(of, ..)| *of == depth)
        {
            // The text in no certain language is the one for everybody.
            let place = if is_default { 0 } else { property.items.len() };
            property.items.insert(place, item);
        }
        if let Some(property) = self.property.take_if(|property| property.depth == depth) {
            let text = property.text.trim();
            let values = match property.is_list {
                true => property.items,
                false if text.is_empty() => return,
                false => vec![text.to_owned()],
            };
            if let Some(name) = property.name {
                self.state(name, values);
            }
        }
        self.description.take_if(|of| *of == depth);
    }

    /// The first of several counts.
    fn state(&mut self, name: &'static str, values: Vec<String>) {
        if !self.found.iter().any(|statement| statement.name == name) {
            self.found.push(Statement { name, values });
        }
    }
}

fn named(namespace: &ResolveResult, local: &str) -> Option<&'static str> {
    let ResolveResult::Bound(Namespace(uri)) = namespace else { return None };
    PROPERTIES.iter().find(|(of, property, _)| of == uri && *property == local).map(|it| it.2)
}
