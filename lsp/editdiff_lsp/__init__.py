"""The language server: editing operations for any editor that speaks the Language Server Protocol."""
