package people

import "strings"

var firstNames = []string{
	"Adelheid", "Bartholomew", "Celestine", "Dorothea", "Evangeline", "Ferdinand",
	"Guinevere", "Hyacinth", "Isambard", "Jessamine", "Leopoldine", "Marguerite",
	"Nathaniel", "Octavia", "Persephone", "Quentin", "Rosamunde", "Sebastian",
	"Theodora", "Valentina", "Wilhelmina", "Zacharias",
}

// Family names are put together from parts, so that none of them is a word that
// a log line or a configuration would hold by accident.
var (
	nameHeads = []string{"Brix", "Quorn", "Dwell", "Fjord", "Glim", "Hazel", "Kestr", "Morv", "Oster", "Pell", "Ruth", "Thorn", "Vand", "Wexl"}
	nameTails = []string{"aby", "ander", "ering", "fax", "holme", "ingham", "lund", "mere", "quist", "strand", "thwaite", "wick"}
)

var domains = []string{"example.org", "example.com", "example.net"}

var documentationNets = []string{"192.0.2", "198.51.100", "203.0.113"}

func (g generator) lastName() string { return g.pick(nameHeads) + g.pick(nameTails) }

// password looks like what a person thinks is a good one.
func (g generator) password() string {
	words := []string{"Kite", "Marble", "Lantern", "Pickle", "Saddle", "Turnip", "Velvet", "Walrus"}
	return strings.Join([]string{g.pick(words), g.pick(words), g.text(4, digits)}, "-") + "!"
}
