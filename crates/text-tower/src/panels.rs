//! Matrices, in panels of sixteen outputs as the kernels take them, read a few at a time.
//!
//! A panel is a row of blocks of 64 bytes: the biases, for bytes also the scales and the sums of the
//! weights, then the weights. Of floats a block holds those of one input, of bytes those of four: four
//! for the first output, then four for the second. What is left over is filled up with zeros.

use std::fs::File;
use std::io::{self, Read};

use crate::header::Layer;
use crate::{BLOCK, Block, OUTPUTS};

/// What the weights are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Floats,
    Bytes,
}

/// About how many bytes are read at once: they stay in the second-level cache until they are used.
const PIECE: usize = 256 * 1024;

/// How many blocks a panel has.
pub(crate) const fn panel_blocks(layer: Layer) -> usize {
    match layer.form {
        Form::Floats => 1 + layer.inputs,
        Form::Bytes => 3 + layer.inputs.div_ceil(4),
    }
}

/// Reads the panels of a file one after the other, into memory that is used again: a megabyte at a time
/// of a hundred. A mapping would count as the process's memory, take as long for its page faults as
/// copying takes, and end the process where the file is cut short meanwhile.
#[derive(Debug, Default)]
pub(crate) struct PanelReader {
    buffer: Vec<u8>,
}

impl PanelReader {
    /// Calls `each` with the number of each panel of `layer` and its blocks.
    pub(crate) fn read(
        &mut self,
        file: &mut &File,
        layer: Layer,
        mut each: impl FnMut(usize, &[Block]),
    ) -> io::Result<()> {
        let blocks = panel_blocks(layer);
        let panels = layer.outputs.div_ceil(OUTPUTS);
        let at_once = (PIECE / (blocks * BLOCK)).clamp(1, panels);
        for start in (0..panels).step_by(at_once) {
            let bytes = at_once.min(panels - start) * blocks * BLOCK;
            if self.buffer.len() < bytes + BLOCK {
                self.buffer.resize(bytes + BLOCK, 0);
            }
            // No load of a whole block is to touch two lines of the cache.
            let skipped = self.buffer.as_ptr().align_offset(BLOCK) % BLOCK;
            let piece = &mut self.buffer[skipped..skipped + bytes];
            file.read_exact(piece)?;
            let (piece, _) = piece.as_chunks::<BLOCK>();
            for (at, panel) in piece.chunks_exact(blocks).enumerate() {
                each(start + at, panel);
            }
        }
        Ok(())
    }
}
