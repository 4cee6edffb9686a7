//! What the first bytes of a file of weights say, and what follows from it.

use crate::BLOCK;
use crate::panels::{Form, panel_blocks, panel_count};

/// What a file of weights begins with.
pub(crate) const MAGIC: [u8; 8] = *b"clipTEXT";

/// The format that this version reads; `packages/core/src/models/compile/text-weights-file.ts` writes it.
pub(crate) const FORMAT: u32 = 1;

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
    /// How the matrices of the blocks are stored; the projection's is always of floats.
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
    /// How many tokens a text has at most.
    pub context: usize,
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
    pub(crate) fn parse(bytes: &[u8; BLOCK], length: u64) -> Result<Self, String> {
        if bytes[..8] != MAGIC {
            return Err("it is no file with the weights of a text tower".to_owned());
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
            context: count("context", 9, 4096)?,
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
        let block = [of(width, 3 * width), of(width, width), of(width, inner), of(inner, width)];
        let projection = Layer { form: Form::Floats, inputs: width, outputs: self.dims };
        std::iter::repeat_n(block, self.layers).flatten().chain([projection])
    }

    /// How many numbers all layer normalisations have: a gain and a shift each, for two of every block
    /// and the last one.
    pub(crate) fn norms(&self) -> usize {
        (4 * self.layers + 2) * self.width
    }

    /// Where the matrices begin.
    pub(crate) fn matrices_start(&self) -> u64 {
        (BLOCK + (4 * self.norms()).next_multiple_of(BLOCK)) as u64
    }

    /// How long a file with this header is.
    fn bytes(&self) -> u64 {
        let matrices = self
            .matrices()
            .map(|layer| panel_count(layer) as u64 * (panel_blocks(layer) * BLOCK) as u64);
        self.matrices_start() + matrices.sum::<u64>()
    }
}
