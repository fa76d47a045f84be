// Package people makes up the persons that the demo's services talk about.
//
// The same seed always gives the same world, in every Go version, so that a
// capture kept in the repository needs no list of its values beside it: the
// seed is the list. Everything is fictional and taken from ranges that are set
// aside for fiction where such ranges exist: example.org mail domains, 555-01xx
// and +44 7700 900xxx telephone numbers, documentation addresses (RFC 5737).
// Cards, IBANs and social security numbers have valid check digits or forms and
// belong to nobody.
package people
