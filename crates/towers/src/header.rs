//! What the first bytes of a file of weights say, and what follows from it.

use crate::BLOCK;
use crate::panels::{Form, panel_blocks, panel_count};

/// The format that this version reads; `packages/core/src/models/compile/tower-weights-file.ts` writes it.
pub(crate) const FORMAT: u32 = 1;

/// Side of the largest patch: its sum of products of bytes has room in 31 bits.
const MOST_PATCH: u32 = 147;

const _: () = assert!(3 * (MOST_PATCH as u64).pow(2) * 255 * 127 < 1 << 31, "see above");

/// Which of a model's two towers a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Image,
}

impl Kind {
    /// What a file of weights begins with.
    pub(crate) const fn magic(self) -> [u8; 8] {
        match self {
            Self::Text => *b"clipTEXT",
            Self::Image => *b"clipVIEW",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
        }
    }
}

/// What a tower takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Texts.
    Text {
        /// How many tokens a text has at most.
        context: usize,
    },
    /// Pictures.
    Image {
        /// Side of the picture, in pixels.
        size: usize,
        /// Side of a patch, in pixels.
        patch: usize,
    },
}

/// The function between the two layers of a block's feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x · Φ(x), the exact one (`open_clip`).
    Gelu,
    /// x · σ(1.702 x) (`OpenAI`).
    QuickGelu,
    /// The approximation by a hyperbolic tangent.
    GeluTanh,
}

/// How a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As floats.
    Fp32,
    /// As signed bytes, with a scale for each output.
    Int8,
}

/// The first 64 bytes of a file of weights, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// How the matrices are stored, but for the projection's, which is always of floats.
    pub precision: Precision,
    /// Numbers per token.
    pub width: usize,
    /// Heads of the attention; they divide the width.
    pub heads: usize,
    /// Blocks.
    pub layers: usize,
    /// Numbers per token between the two layers of the feed-forward part.
    pub inner: usize,
    /// Length of the vector that comes out.
    pub dims: usize,
    /// The feed-forward part's.
    pub activation: Activation,
    /// Of all layer normalisations.
    pub epsilon: f32,
    /// Texts or pictures.
    pub input: Input,
}

/// A matrix of the file: the inputs and the outputs of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) form: Form,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Header {
    /// Reads the header of a file of `length` bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as half a sentence.
    pub(crate) fn parse(kind: Kind, bytes: &[u8; BLOCK], length: u64) -> Result<Self, String> {
        if bytes[..8] != kind.magic() {
            return Err(format!("it is no file with the weights of a tower for {}s", kind.name()));
        }
        let field = |at: usize| {
            let word = bytes[8 + 4 * at..].first_chunk().expect("the header has that many");
            u32::from_le_bytes(*word)
        };
        if field(0) != FORMAT {
            return Err(format!("it is in format {}; this version reads {FORMAT}", field(0)));
        }
        if field(13) != crc32fast::hash(&bytes[..60]) {
            return Err("its header is not as it was written".to_owned());
        }
        let count = |name: &str, at: usize, most: u32| match field(at) {
            value if (1..=most).contains(&value) => Ok(value as usize),
            value => Err(format!("{name} is {value}, not 1 to {most}")),
        };
        let header = Self {
            precision: match field(1) {
                0 => Precision::Fp32,
                1 => Precision::Int8,
                other => return Err(format!("precision {other} is unknown")),
            },
            width: count("width", 2, 8192)?,
            heads: count("heads", 3, 8192)?,
            layers: count("layers", 4, 256)?,
            inner: count("inner", 5, 32_768)?,
            dims: count("dims", 6, 4096)?,
            activation: match field(7) {
                0 => Activation::Gelu,
                1 => Activation::QuickGelu,
                2 => Activation::GeluTanh,
                other => return Err(format!("activation {other} is unknown")),
            },
            epsilon: f32::from_bits(field(8)),
            input: match kind {
                Kind::Text => Input::Text { context: count("context", 9, 4096)? },
                Kind::Image => {
                    let size = count("size", 9, 4096)?;
                    Input::Image { size, patch: count("patch", 10, field(9).min(MOST_PATCH))? }
                }
            },
        };
        if !header.width.is_multiple_of(header.heads) {
            return Err(format!("{} heads do not divide {}", header.heads, header.width));
        }
        if !(header.epsilon > 0.0 && header.epsilon < 1.0) {
            return Err(format!("epsilon is {}", header.epsilon));
        }
        match header.bytes() {
            expected if expected == length => Ok(header),
            expected => Err(format!("expected {expected} bytes, found {length}")),
        }
    }

    /// The matrices in the order in which they are stored and needed.
    pub(crate) fn matrices(&self) -> impl Iterator<Item = Layer> + Send + use<> {
        let form = match self.precision {
            Precision::Fp32 => Form::Floats,
            Precision::Int8 => Form::Bytes,
        };
        let (width, inner) = (self.width, self.inner);
        let of = move |inputs, outputs| Layer { form, inputs, outputs };
        let patches = match self.input {
            Input::Text { .. } => None,
            Input::Image { patch, .. } => Some(of(3 * patch * patch, width)),
        };
        let block = [of(width, 3 * width), of(width, width), of(width, inner), of(inner, width)];
        let projection = Layer { form: Form::Floats, inputs: width, outputs: self.dims };
        let blocks = std::iter::repeat_n(block, self.layers).flatten();
        patches.into_iter().chain(blocks).chain([projection])
    }

    /// The most tokens, a picture's class token included.
    pub(crate) fn tokens(&self) -> usize {
        match self.input {
            Input::Text { context } => context,
            Input::Image { size, patch } => (size / patch).pow(2) + 1,
        }
    }

    /// How many numbers all layer normalisations have: a gain and a shift each, for two of every block and the last
    /// one, and of pictures one before the first block.
    pub(crate) fn norms(&self) -> usize {
        let first = matches!(self.input, Input::Image { .. });
        (4 * self.layers + 2 + 2 * usize::from(first)) * self.width
    }

    /// How many numbers are added to the tokens of a picture: the class token is all of its own. A text's rows come
    /// with theirs.
    pub(crate) fn positions(&self) -> usize {
        match self.input {
            Input::Text { .. } => 0,
            Input::Image { .. } => self.tokens() * self.width,
        }
    }

    /// Where the positions begin.
    pub(crate) fn positions_start(&self) -> usize {
        BLOCK + (4 * self.norms()).next_multiple_of(BLOCK)
    }

    /// Where the matrices begin.
    pub(crate) fn matrices_start(&self) -> usize {
        self.positions_start() + (4 * self.positions()).next_multiple_of(BLOCK)
    }

    /// How long a file with this header is.
    fn bytes(&self) -> u64 {
        let matrices = self
            .matrices()
            .map(|layer| panel_count(layer) as u64 * (panel_blocks(layer) * BLOCK) as u64);
        self.matrices_start() as u64 + matrices.sum::<u64>()
    }
}
