//! Pictures: thousands in one process, whose weights are mapped.

use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::TowerError;
use crate::attention::Sight;
use crate::header::{Header, Input, Kind};
use crate::instructions::{Four, Instructions, on};
use crate::panels::MappedPanels;
use crate::transformer::{Pass, Products, Tokens};
use crate::weights_file::{WeightsFile, unreadable};

/// An image tower whose weights are in a file: a vision transformer (Dosovitskiy et al. 2021) with a class token
/// and a layer normalisation before its first block, as CLIP has it.
#[derive(Debug)]
pub struct ImageTower {
    path: PathBuf,
    file: Mmap,
    header: Header,
    norms: Vec<f32>,
    positions: Vec<f32>,
    instructions: Instructions,
    tokens: Tokens,
    products: Products,
}

impl ImageTower {
    /// Maps a file of weights. Another program that cuts it short meanwhile ends this process, as with any mapping.
    ///
    /// # Errors
    ///
    /// [`TowerError::NotFound`] when it cannot be opened, [`TowerError::Invalid`] when it is no such file,
    /// or of another length than its header says, [`TowerError::Kernel`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TowerError> {
        Self::open_with(path.as_ref(), Instructions::active()?)
    }

    /// [`open`](Self::open), with these instructions.
    pub(crate) fn open_with(path: &Path, instructions: Instructions) -> Result<Self, TowerError> {
        let WeightsFile { file, header, norms, positions } = WeightsFile::open(Kind::Image, path)?;
        // SAFETY: the pages are only ever read, as plain bytes. Nobody writes to a model's files; one that is cut
        // short meanwhile raises a signal, which ends an encoder process and not the run it works for.
        let file = unsafe { Mmap::map(&file) }
            .map_err(|source| TowerError::NotFound { path: path.to_owned(), source })?;
        let (tokens, products) = Default::default();
        let path = path.to_owned();
        Ok(Self { path, file, header, norms, positions, instructions, tokens, products })
    }

    /// What the file says of itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Side of the pictures, in pixels.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.sides().0
    }

    /// The vector (`dims` numbers, of any length) of a picture of `size` · `size` pixels, three bytes each, row by
    /// row.
    ///
    /// # Errors
    ///
    /// [`TowerError::Pixels`] for any other number of bytes, [`TowerError::Invalid`].
    pub fn encode(&mut self, pixels: &[u8]) -> Result<Vec<f32>, TowerError> {
        let expected = 3 * self.size() * self.size();
        if pixels.len() != expected {
            return Err(TowerError::Pixels { expected, found: pixels.len() });
        }
        self.run(pixels).map_err(|error| TowerError::Invalid {
            path: self.path.clone(),
            what: unreadable(&error),
        })
    }

    fn run(&mut self, pixels: &[u8]) -> io::Result<Vec<f32>> {
        let (size, patch) = self.sides();
        let Self { file, header, norms, positions, instructions, tokens, products, .. } = self;
        let panels = MappedPanels::of(file, header.matrices_start());
        on!(*instructions, set => {
            let mut pass = Pass::new(set, panels, header, norms, products);
            let patches = (size / patch).pow(2);
            let mut rows = Vec::new();
            pass.apply_to_bytes(patches, |codes| cut(pixels, size, patch, codes), &mut rows)?;
            // The class token is the first, and nothing but its position.
            let (class, others) = positions.split_at(header.width);
            for (value, position) in rows.iter_mut().zip(others) {
                *value += position;
            }
            rows.splice(..0, class.iter().copied());
            let mut state = Vec::new();
            pass.normalize(&rows, &mut state);
            pass.transform(state, Sight::Everywhere, tokens)
        })
    }

    /// Of a picture and of a patch.
    const fn sides(&self) -> (usize, usize) {
        match self.header.input {
            Input::Image { size, patch } => (size, patch),
            Input::Text { .. } => unreachable!(),
        }
    }
}

/// Cuts a picture into patches, row by row, each with its pixels row by row. What no whole patch fills at the right
/// and the bottom is left out, as in a convolution.
fn cut(pixels: &[u8], size: usize, patch: usize, codes: &mut [Four]) {
    let across = size / patch;
    let line = 3 * patch;
    let room = codes.len() / across.pow(2);
    for (at, codes) in codes.chunks_exact_mut(room).enumerate() {
        let (top, left) = (at / across * patch, at % across * patch);
        for (y, out) in codes.as_flattened_mut().chunks_exact_mut(line).take(patch).enumerate() {
            out.copy_from_slice(&pixels[3 * ((top + y) * size + left)..][..line]);
        }
    }
}
