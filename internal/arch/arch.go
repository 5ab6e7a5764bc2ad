// Package arch holds the tests of the house's structure; it has no code.
//
// Layers: who may import whom. Step: every area has its room on each floor.
// Routes: every route has a policy. Tables: every table is audited. Catalogues:
// every key in every language. Clock: nobody asks the machine for the time.
// A rule that is not held by a test is not a rule of this house.
package arch
