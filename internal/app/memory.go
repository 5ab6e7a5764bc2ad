package app

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to four times what is alive before it is swept.
// Some ten megabytes are alive, so the price is memory that the portal may have
// (100 MB idle); by the profile of the live pages sweeping at twice the size
// took about a tenth of the processor.
const gcPercent = 300

// TuneMemory sets how lazily memory is swept. GOGC of the environment wins.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
