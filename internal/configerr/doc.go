// Package configerr explains why a configuration is refused: every problem at
// once, each with file, line, column, key, what is wrong, what is accepted and
// the likeliest meant word. It is asked after the Collector has refused a
// configuration; whether one is good is the Collector's word alone.
//
// Values of the configuration are not repeated, since any can be secret: only
// keys, component ids and types are, and what Weir's own components say.
package configerr
