// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images: the container for an application's code area and constant area, and the method table
//! inside the latter.
//!
//! Container, version 1, little-endian: magic `AVMA`, 16-bit version, 16-bit zero, 32-bit code
//! bytes, 32-bit constant bytes, 32-bit CRC-32 (IEEE) of everything else, then the code area and
//! the constant area. Nothing follows. Symbols are not kept: they belong to the assembler.

use super::params::{CODE_BYTES, CONST_BYTES, FRAME_MAX, METHOD_ENTRY};

/// File magic.
pub const MAGIC: [u8; 4] = *b"AVMA";
/// Container version.
pub const VERSION: u16 = 1;
const HEADER: usize = 20;

/// An entry of the method table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Method {
    /// Entry point, byte offset in the code area.
    pub offset: u16,
    /// Local frame, bytes.
    pub frame: u16,
    /// Argument bytes, at the start of the frame.
    pub args: u16,
    /// Callable by other applications and by the host.
    pub public: bool,
}

impl Method {
    /// The entry's 8 bytes.
    pub fn to_bytes(self) -> [u8; METHOD_ENTRY] {
        let mut b = [0; METHOD_ENTRY];
        b[0..2].copy_from_slice(&self.offset.to_le_bytes());
        b[2..4].copy_from_slice(&self.frame.to_le_bytes());
        b[4..6].copy_from_slice(&self.args.to_le_bytes());
        b[6] = self.public.into();
        b
    }
}

/// An application's code and constants, validated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    code: Vec<u8>,
    constants: Vec<u8>,
    methods: Vec<Method>,
}

/// Why bytes are not an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The magic is absent.
    #[error("not an image: it does not start with `AVMA`; assemble the source with `avm asm`")]
    Magic,
    /// Another container version.
    #[error("image version {0}, this build reads version {VERSION}; assemble the source again")]
    Version(u16),
    /// The file's length does not fit its header.
    #[error("image of {found} bytes, its header says {expected}: truncated or with bytes appended")]
    Length {
        /// Bytes that the header announces.
        expected: u64,
        /// Bytes present.
        found: usize,
    },
    /// The checksum or a reserved field is wrong.
    #[error("image is corrupted: its {0} is wrong; assemble the source again")]
    Corrupt(&'static str),
    /// An area exceeds its limit.
    #[error("{area} area of {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// `code` or `constant`.
        area: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The constant area does not hold its method table.
    #[error("constant area of {bytes} bytes is shorter than its table of {methods} methods")]
    Table {
        /// Size of the area.
        bytes: usize,
        /// Methods that the table announces.
        methods: usize,
    },
    /// A method entry breaks a rule of D15.
    #[error("method {index}: {what}")]
    Method {
        /// Index in the table.
        index: usize,
        /// The rule.
        what: String,
    },
}

impl Image {
    /// Validates areas and method table (D15). The constant area includes the table.
    pub fn new(code: Vec<u8>, constants: Vec<u8>) -> Result<Image, ImageError> {
        for (area, bytes, limit) in [("code", code.len(), CODE_BYTES), ("constant", constants.len(), CONST_BYTES)] {
            if bytes > limit {
                return Err(ImageError::TooLarge { area, bytes, limit });
            }
        }
        let methods = read_methods(&constants)?;
        for (index, m) in methods.iter().enumerate() {
            let what = if usize::from(m.offset) >= code.len() {
                format!("its code offset {} is outside the code area of {} bytes", m.offset, code.len())
            } else if m.args > m.frame {
                format!("{} argument bytes do not fit its frame of {} bytes", m.args, m.frame)
            } else if usize::from(m.frame) > FRAME_MAX {
                format!("frame of {} bytes, the limit is {FRAME_MAX}", m.frame)
            } else {
                continue;
            };
            return Err(ImageError::Method { index, what });
        }
        Ok(Image { code, constants, methods })
    }

    /// Builds the constant area from a method table and the user's constants after it.
    pub fn with_methods(code: Vec<u8>, methods: &[Method], data: &[u8]) -> Result<Image, ImageError> {
        let mut constants = vec![0; METHOD_ENTRY];
        let count = u16::try_from(methods.len()).map_err(|_| ImageError::TooLarge {
            area: "constant",
            bytes: METHOD_ENTRY * (methods.len() + 1),
            limit: CONST_BYTES,
        })?;
        constants[..2].copy_from_slice(&count.to_le_bytes());
        methods.iter().for_each(|m| constants.extend(m.to_bytes()));
        constants.extend(data);
        Image::new(code, constants)
    }

    /// The code area.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The constant area, method table included.
    pub fn constants(&self) -> &[u8] {
        &self.constants
    }

    /// The method table.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The constants after the method table.
    pub fn data(&self) -> &[u8] {
        &self.constants[METHOD_ENTRY * (self.methods.len() + 1)..]
    }

    /// The container.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.code.len() + self.constants.len());
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 2]);
        out.extend((self.code.len() as u32).to_le_bytes());
        out.extend((self.constants.len() as u32).to_le_bytes());
        out.extend([0; 4]);
        out.extend(&self.code);
        out.extend(&self.constants);
        let crc = checksum(&out);
        out[16..20].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads a container.
    pub fn from_bytes(bytes: &[u8]) -> Result<Image, ImageError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(ImageError::Magic);
        }
        if bytes.len() < HEADER {
            return Err(ImageError::Length { expected: HEADER as u64, found: bytes.len() });
        }
        let version = u16::from_le_bytes([bytes[4], bytes[5]]);
        if version != VERSION {
            return Err(ImageError::Version(version));
        }
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let (code, constants) = (u64::from(word(8)), u64::from(word(12)));
        let expected = HEADER as u64 + code + constants;
        if bytes.len() as u64 != expected {
            return Err(ImageError::Length { expected, found: bytes.len() });
        }
        if bytes[6..8] != [0; 2] {
            return Err(ImageError::Corrupt("reserved field"));
        }
        if word(16) != checksum(bytes) {
            return Err(ImageError::Corrupt("checksum"));
        }
        let split = HEADER + code as usize;
        Image::new(bytes[HEADER..split].to_vec(), bytes[split..].to_vec())
    }
}

fn checksum(container: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&container[..16]);
    hasher.update(&container[HEADER..]);
    hasher.finalize()
}

fn read_methods(constants: &[u8]) -> Result<Vec<Method>, ImageError> {
    if constants.len() < METHOD_ENTRY {
        return Err(ImageError::Table { bytes: constants.len(), methods: 0 });
    }
    if constants[2..METHOD_ENTRY].iter().any(|b| *b != 0) {
        return Err(ImageError::Corrupt("method table header"));
    }
    let methods = usize::from(u16::from_le_bytes([constants[0], constants[1]]));
    if constants.len() < METHOD_ENTRY * (methods + 1) {
        return Err(ImageError::Table { bytes: constants.len(), methods });
    }
    let entries = constants[METHOD_ENTRY..METHOD_ENTRY * (methods + 1)].chunks_exact(METHOD_ENTRY);
    entries
        .enumerate()
        .map(|(index, e)| {
            if e[6] > 1 || e[7] != 0 {
                let what = format!("access byte {} and reserved byte {}, expected 0 or 1 and 0", e[6], e[7]);
                return Err(ImageError::Method { index, what });
            }
            let half = |at: usize| u16::from_le_bytes([e[at], e[at + 1]]);
            Ok(Method { offset: half(0), frame: half(2), args: half(4), public: e[6] == 1 })
        })
        .collect()
}
