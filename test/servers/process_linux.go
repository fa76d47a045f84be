package servers

import "syscall"

// childAttributes makes the server die with its parent, and keeps a Ctrl-C at
// the terminal from it: the parent decides the order in which things stop.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
