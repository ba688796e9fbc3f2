// A program whose scenarios the linker has dropped, or that never had any.
