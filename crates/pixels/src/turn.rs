//! How is a stored picture turned upright?

/// First mirror the stored axes, then swap them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Rows are read from right to left.
    pub flip_x: bool,
    /// The last row comes first.
    pub flip_y: bool,
    /// Rows become columns.
    pub swap: bool,
}

impl Turn {
    /// The pixels of rows of `width`, upright.
    pub(crate) fn upright(self, stored: Vec<u8>, width: usize) -> Vec<u8> {
        if self == Self::default() {
            return stored;
        }
        let (pixels, _) = stored.as_chunks::<3>();
        let height = pixels.len() / width;
        let column = |x: usize| if self.flip_x { width - 1 - x } else { x };
        let row = |y: usize| if self.flip_y { height - 1 - y } else { y };
        let mut upright = Vec::with_capacity(stored.len());
        let (columns, rows) = if self.swap { (height, width) } else { (width, height) };
        for y in 0..rows {
            for x in 0..columns {
                let (x, y) = if self.swap { (y, x) } else { (x, y) };
                upright.extend_from_slice(&pixels[row(y) * width + column(x)]);
            }
        }
        upright
    }
}
