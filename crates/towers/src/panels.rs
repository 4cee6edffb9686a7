//! Matrices, in panels of sixteen outputs as the kernels take them: mapped, or read a few at a time.
//!
//! A panel is a row of blocks of 64 bytes: the biases, for bytes also the scales and the sums of the
//! weights, then the weights. Of floats a block holds those of one input, of bytes those of four: four
//! for the first output, then four for the second. What is left over is filled up with zeros.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope};

use memmap2::Mmap;

use crate::header::Layer;
use crate::{BLOCK, Block, OUTPUTS};

/// What the weights are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Floats,
    Bytes,
}

/// About how many bytes are read at once: they stay in a cache until they are used.
const PIECE: usize = 256 * 1024;

/// How many pieces there are: one is read while another is used.
const PIECES: usize = 3;

impl Form {
    /// How many blocks of a panel are before its weights.
    const fn head(self) -> usize {
        match self {
            Self::Floats => 1,
            Self::Bytes => 3,
        }
    }
}

/// How many blocks a panel has.
pub(crate) const fn panel_blocks(layer: Layer) -> usize {
    let weights = match layer.form {
        Form::Floats => layer.inputs,
        Form::Bytes => layer.inputs.div_ceil(4),
    };
    layer.form.head() + weights
}

/// How many panels a matrix has.
pub(crate) const fn panel_count(layer: Layer) -> usize {
    layer.outputs.div_ceil(OUTPUTS)
}

/// Some panels of a matrix, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panels<'a> {
    blocks: &'a [Block],
    /// Blocks of a panel, and those of them before the weights.
    size: usize,
    head: usize,
}

impl<'a> Panels<'a> {
    fn of(layer: Layer, blocks: &'a [Block]) -> Self {
        Self { blocks, size: panel_blocks(layer), head: layer.form.head() }
    }

    /// Panels of nothing but weights, of `size` blocks each.
    pub(crate) fn bare(blocks: &'a [Block], size: usize) -> Self {
        Self { blocks, size, head: 0 }
    }

    pub(crate) fn count(self) -> usize {
        self.blocks.len() / self.size
    }

    /// How many numbers, or fours of bytes, a row has that can be multiplied with these panels.
    pub(crate) fn inputs(self) -> usize {
        self.size - self.head
    }

    pub(crate) fn head(self, panel: usize) -> &'a [Block] {
        &self.blocks[panel * self.size..][..self.head]
    }

    pub(crate) fn weights(self, panel: usize) -> &'a [Block] {
        &self.blocks[panel * self.size..(panel + 1) * self.size][self.head..]
    }

    /// The same panels, a few at a time, each with the number of its first panel.
    pub(crate) fn groups(self, most: usize) -> impl Iterator<Item = (usize, Self)> {
        let groups = self.blocks.chunks(most * self.size).enumerate();
        groups.map(move |(at, blocks)| (at * most, Self { blocks, ..self }))
    }
}

/// Where the panels of a file's matrices come from, in the order in which they are stored.
pub(crate) trait PanelSource {
    /// Calls `each` with all panels of `layer`, the next matrix in the file, a part at a time, each part with the
    /// number of its first panel.
    fn panels(&mut self, layer: Layer, each: impl FnMut(usize, Panels<'_>)) -> io::Result<()>;
}

/// The panels of a mapped file: for many vectors in one process, which may share the memory with others.
#[derive(Debug)]
pub(crate) struct MappedPanels<'a> {
    rest: &'a [Block],
}

impl<'a> MappedPanels<'a> {
    /// Those of `file` from byte `start` on, a whole number of blocks.
    pub(crate) fn of(file: &'a Mmap, start: usize) -> Self {
        Self { rest: file[start..].as_chunks().0 }
    }
}

impl PanelSource for MappedPanels<'_> {
    fn panels(&mut self, layer: Layer, mut each: impl FnMut(usize, Panels<'_>)) -> io::Result<()> {
        let blocks = panel_count(layer) * panel_blocks(layer);
        let (these, rest) =
            self.rest.split_at_checked(blocks).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.rest = rest;
        each(0, Panels::of(layer, these));
        Ok(())
    }
}

/// The panels of a file's matrices, which a thread reads ahead, a piece at a time, into memory that is used
/// again. A mapping would count as the process's memory, of which a text would take a hundred megabytes,
/// and would end the process where the file is cut short meanwhile.
pub(crate) struct PanelReader {
    read: Receiver<io::Result<Piece>>,
    used: Sender<Piece>,
}

impl PanelReader {
    /// Starts reading `file`, which stands at the first of `layers`.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        mut file: &'scope File,
        layers: impl Iterator<Item = Layer> + Send + 'scope,
    ) -> io::Result<Self> {
        let (to_use, read) = channel();
        let (used, to_read) = channel();
        for _ in 0..PIECES {
            let _ = used.send(Piece::default());
        }
        let reading = move || {
            for bytes in layers.flat_map(pieces) {
                // Nobody waits for more after a piece that could not be read.
                let Ok(mut piece): Result<Piece, _> = to_read.recv() else { return };
                let done = piece.read(&mut file, bytes).map(|()| piece);
                if to_use.send(done).is_err() {
                    return;
                }
            }
        };
        Builder::new().name("clipfind text".to_owned()).spawn_scoped(scope, reading)?;
        Ok(Self { read, used })
    }
}

impl PanelSource for PanelReader {
    fn panels(&mut self, layer: Layer, mut each: impl FnMut(usize, Panels<'_>)) -> io::Result<()> {
        let mut first = 0;
        for _ in pieces(layer) {
            let piece = self.read.recv().map_err(|_| io::ErrorKind::UnexpectedEof)??;
            let panels = Panels::of(layer, piece.blocks());
            each(first, panels);
            first += panels.count();
            // There is no thread any more when this was the last one.
            let _ = self.used.send(piece);
        }
        Ok(())
    }
}

/// The bytes of each piece of a matrix: as many whole panels as there is room for.
fn pieces(layer: Layer) -> impl Iterator<Item = usize> {
    let panel = panel_blocks(layer) * BLOCK;
    let panels = panel_count(layer);
    let at_once = (PIECE / panel).max(1);
    (0..panels).step_by(at_once).map(move |start| at_once.min(panels - start) * panel)
}

/// Memory that begins where a line of the cache does, so that no load of a block touches two.
#[derive(Debug, Default)]
struct Piece {
    memory: Vec<u8>,
    start: usize,
    bytes: usize,
}

impl Piece {
    fn read(&mut self, file: &mut &File, bytes: usize) -> io::Result<()> {
        if self.memory.len() < bytes + BLOCK {
            self.memory.resize(bytes + BLOCK, 0);
        }
        self.start = self.memory.as_ptr().align_offset(BLOCK) % BLOCK;
        self.bytes = bytes;
        file.read_exact(&mut self.memory[self.start..self.start + bytes])
    }

    fn blocks(&self) -> &[Block] {
        self.memory[self.start..self.start + self.bytes].as_chunks().0
    }
}
