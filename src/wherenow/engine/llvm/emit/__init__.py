"""Parts of a kernel as LLVM IR text."""
