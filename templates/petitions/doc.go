// Package petitions holds the pages of electronic petitions: the list, a
// petition, its poster and the frame for other sites, writing one, signing one.
package petitions
