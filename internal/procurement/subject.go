package procurement

import (
	"ereception/internal/procurement/indicator"
	"ereception/internal/procurement/prozorro"
)

// subjectOf is the subject of procurement as the indicators understand it.
func subjectOf(items []itemJSON) string {
	list := make([]prozorro.Item, len(items))
	for i := range items {
		list[i].Classification.ID = items[i].Classification.ID
	}
	return clean(indicator.Subject(list), maxWord)
}
