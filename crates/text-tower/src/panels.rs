//! Matrices, in panels of sixteen outputs as the kernels take them, read a few at a time.
//!
//! A panel is a row of blocks of 64 bytes: the biases, for bytes also the scales and the sums of the
//! weights, then the weights. Of floats a block holds those of one input, of bytes those of four: four
//! for the first output, then four for the second. What is left over is filled up with zeros.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope};

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

/// How many blocks a panel has.
pub(crate) const fn panel_blocks(layer: Layer) -> usize {
    match layer.form {
        Form::Floats => 1 + layer.inputs,
        Form::Bytes => 3 + layer.inputs.div_ceil(4),
    }
}

/// How many panels a matrix has.
pub(crate) const fn panel_count(layer: Layer) -> usize {
    layer.outputs.div_ceil(OUTPUTS)
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

    /// Calls `each` with the number of each panel of `layer`, the next one in the file, and its blocks.
    pub(crate) fn panels(
        &self,
        layer: Layer,
        mut each: impl FnMut(usize, &[Block]),
    ) -> io::Result<()> {
        let mut panel = 0;
        for _ in pieces(layer) {
            let piece = self.read.recv().map_err(|_| io::ErrorKind::UnexpectedEof)??;
            for blocks in piece.blocks().chunks_exact(panel_blocks(layer)) {
                each(panel, blocks);
                panel += 1;
            }
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
