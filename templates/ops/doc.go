// Package ops shows the outbox of development: the list of letters that nobody
// sends, and one letter with the links that its reader would press. What it shows
// is given to it; it asks nothing and decides nothing.
package ops
