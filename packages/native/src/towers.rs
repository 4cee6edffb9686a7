//! What texts and pictures mean.

use clipfind_towers::TowerError;
use napi::bindgen_prelude::{Float32Array, Uint8Array};
use napi::{Error, Result};
use napi_derive::napi;

/// An error with its code in front.
fn coded(error: TowerError) -> Error {
    Error::from_reason(format!("{}: {error}", error.code()))
}

/// The text tower of a compiled model: its weights are read from the file at every call.
#[napi]
pub struct TextTower {
    tower: Option<clipfind_towers::TextTower>,
}

#[napi]
impl TextTower {
    /// Opens a file of weights.
    #[napi(factory)]
    pub fn open(path: String) -> Result<Self> {
        let tower = clipfind_towers::TextTower::open(path).map_err(coded)?;
        Ok(Self { tower: Some(tower) })
    }

    /// Numbers for each token that `encode` takes.
    #[napi(getter)]
    pub fn width(&self) -> Result<u32> {
        self.header().map(|header| crate::convert::count(header.width))
    }

    /// Length of the vectors that `encode` gives.
    #[napi(getter)]
    pub fn dims(&self) -> Result<u32> {
        self.header().map(|header| crate::convert::count(header.dims))
    }

    /// The vector of a text, not of length 1. `rows`: the embeddings of its tokens, one after the other, up
    /// to the end token. On the JavaScript thread: it takes milliseconds, of which a process that asks
    /// one question has to wait for all.
    #[napi]
    pub fn encode(&mut self, rows: Float32Array) -> Result<Float32Array> {
        let tower = self.tower.as_mut().ok_or_else(closed)?;
        tower.encode(&rows).map(Float32Array::from).map_err(coded)
    }

    /// Closes the file. Any later call fails.
    #[napi]
    pub fn close(&mut self) {
        self.tower = None;
    }

    fn header(&self) -> Result<&clipfind_towers::Header> {
        self.tower.as_ref().map(clipfind_towers::TextTower::header).ok_or_else(closed)
    }
}

/// The image tower of a compiled model: its weights are mapped.
#[napi]
pub struct ImageTower {
    tower: Option<clipfind_towers::ImageTower>,
}

#[napi]
impl ImageTower {
    /// Maps a file of weights.
    #[napi(factory)]
    pub fn open(path: String) -> Result<Self> {
        let tower = clipfind_towers::ImageTower::open(path).map_err(coded)?;
        Ok(Self { tower: Some(tower) })
    }

    /// Side of the pictures that `encode` takes, in pixels.
    #[napi(getter)]
    pub fn size(&self) -> Result<u32> {
        self.open_tower().map(|tower| crate::convert::count(tower.size()))
    }

    /// Length of the vectors that `encode` gives.
    #[napi(getter)]
    pub fn dims(&self) -> Result<u32> {
        self.open_tower().map(|tower| crate::convert::count(tower.header().dims))
    }

    /// The vector of a picture, not of length 1. `pixels`: three bytes each, row by row. On the JavaScript thread,
    /// as a process that encodes has one for each core.
    #[napi]
    pub fn encode(&mut self, pixels: Uint8Array) -> Result<Float32Array> {
        let tower = self.tower.as_mut().ok_or_else(closed)?;
        tower.encode(&pixels).map(Float32Array::from).map_err(coded)
    }

    /// Unmaps the file. Any later call fails.
    #[napi]
    pub fn close(&mut self) {
        self.tower = None;
    }

    fn open_tower(&self) -> Result<&clipfind_towers::ImageTower> {
        self.tower.as_ref().ok_or_else(closed)
    }
}

fn closed() -> Error {
    Error::from_reason("CLOSED: this tower was closed")
}
