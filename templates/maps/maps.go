// Package maps holds the public page that shows appeals as a list and on a map.
package maps
