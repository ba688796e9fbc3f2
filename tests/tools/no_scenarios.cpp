// A program without scenarios, as if the linker had dropped them.
