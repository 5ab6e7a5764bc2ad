// Package migrations holds the numbered SQL of the database, embedded into the
// binary. A landed file is never edited: what is wrong gets a new one.
package migrations

import "embed"

// FS holds the files NNNNN_name.sql in the syntax of goose.
//
//go:embed 0*.sql
var FS embed.FS
