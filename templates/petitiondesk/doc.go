// Package petitiondesk holds the pages of the staff's desk of petitions: the
// queue by what is due, and the card of a petition with what is to be done.
package petitiondesk
