// Package account holds the pages of the account: sign-up, sign-in, the
// confirmation of links from letters, the reset of a password, the profile,
// sessions, delegations, and the privacy notice. A page is a struct; it knows
// nothing of requests and of the domain.
package account
