package services

import "time"

// Trouble is what is wrong with payments at present.
type Trouble struct {
	Delay time.Duration // added to each charge and refund
	Fail  bool          // each ends with status 503
}

// SetTrouble makes payments slow, failing, or well again with the zero value.
func (f *Fleet) SetTrouble(t Trouble) { f.trouble.Store(&t) }

func (f *Fleet) ailing() Trouble {
	if t := f.trouble.Load(); t != nil {
		return *t
	}
	return Trouble{}
}
