package configstate

import "testing"

func TestStates(t *testing.T) {
	const file = "a.yaml"
	if !Set(file, Current) || Set(file, Current) {
		t.Fatal("only a change is a change")
	}
	if len(Snapshot()) != 0 {
		t.Fatal("a file that isn't held is shown")
	}
	Hold(file)
	Hold(file)
	before := Snapshot()[file]
	SetReason(file, Invalid, "exit status 1")
	first := Snapshot()[file]
	SetReason(file, Invalid, "exit status 2")
	now := Snapshot()[file]
	if before.LastGood() || !now.LastGood() || now.Reason != "exit status 2" || !now.Since.Equal(first.Since) {
		t.Fatal(before, first, now)
	}
	Release(file)
	if len(Snapshot()) != 1 {
		t.Fatal("still held once")
	}
	Release(file)
	if len(Snapshot()) != 0 {
		t.Fatal("released")
	}
	Hold(file)
	defer Release(file)
	if got := Snapshot()[file]; got != now {
		t.Fatal("the state was lost", got)
	}
}
