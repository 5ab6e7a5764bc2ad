package pgembed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is a way to run PostgreSQL's programs, which refuse to run as root.
type account struct {
	name string
	// uid and gid own the files; -1 when this process is not root and cannot choose.
	uid, gid int
	attr     syscall.SysProcAttr
	// outside: the program starts in / because it may enter the data directory only once it runs.
	outside bool
}

// accounts lists the ways for this process, best first. Not root: as we are. Root:
//
//  1. as the owner of an existing cluster that is not root's, so that its files stay his (`sudo make run` once, plain
//     `make run` the next day);
//  2. in a user namespace in which root is called 1000: PostgreSQL sees an ordinary user, files stay root's, and no other
//     account is needed, nor the right of one to enter a closed parent directory such as /root;
//  3. where namespaces are refused (a container): as the owner of the directory around the data, as postgres, as nobody,
//     after giving them the files;
//  4. where these may not enter a parent directory (a container, and the data below /root): the same with the one right
//     of root to pass closed directories.
func accounts(dataDir string) []account {
	if os.Geteuid() != 0 {
		return []account{{name: "own", uid: -1, gid: -1}}
	}
	var list []account
	if st, err := os.Stat(filepath.Join(dataDir, clusterDir)); err == nil {
		list = append(list, ownerOf(st)...)
	}
	list = append(list, namespaced())
	if st, err := os.Stat(filepath.Dir(dataDir)); err == nil {
		list = append(list, ownerOf(st)...)
	}
	plain := named("postgres", "nobody")
	return append(append(list, plain...), passing(plain)...)
}

// capDacOverride is CAP_DAC_OVERRIDE of linux/capability.h; containers have it by default, unlike
// CAP_DAC_READ_SEARCH, which would do.
const capDacOverride = 1

// passing gives the accounts the right to enter directories that are closed to them. Linux hands an ambient capability
// to the program when it begins, not before: until then not even the working directory may be closed.
func passing(list []account) []account {
	var out []account
	for _, a := range list {
		a.name += " that may enter closed directories"
		a.attr.AmbientCaps, a.outside = []uintptr{capDacOverride}, true
		out = append(out, a)
	}
	return out
}

func ownerOf(st os.FileInfo) []account {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok || sys.Uid == 0 {
		return nil
	}
	return []account{credential("uid "+strconv.Itoa(int(sys.Uid)), sys.Uid, sys.Gid)}
}

func named(names ...string) []account {
	var list []account
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			list = append(list, credential(name, uint32(uid), uint32(gid)))
		}
	}
	return list
}

func credential(name string, uid, gid uint32) account {
	return account{name: name, uid: int(uid), gid: int(gid), attr: syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uid, Gid: gid},
	}}
}

func namespaced() account {
	root := []syscall.SysProcIDMap{{ContainerID: 1000, HostID: 0, Size: 1}}
	return account{name: "user namespace", attr: syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER, UidMappings: root, GidMappings: root,
	}}
}

// chooseAccount takes the first account that can run the programs with dataDir as the working directory, and gives it
// the files when they are another's.
func chooseAccount(ctx context.Context, dataDir string, bin binaries, list []account) (account, error) {
	var failures []error
	for _, a := range list {
		if a.uid >= 0 {
			if err := os.Chown(dataDir, a.uid, a.gid); err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", a.name, err))
				continue
			}
		}
		probe := exec.CommandContext(ctx, filepath.Join(bin.dir, "postgres"), "--version")
		probe.Dir = a.workDir(dataDir)
		attr := a.attr
		probe.SysProcAttr = &attr
		if err := probe.Run(); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", a.name, err))
			continue
		}
		return a, a.own(dataDir)
	}
	return account{}, fmt.Errorf("no account can run PostgreSQL in %s (root itself may not; a parent directory closed to others "+
		"is the usual cause: choose another EREC_DATA_DIR, or run as an ordinary user): %w", dataDir, errors.Join(failures...))
}

// workDir is where the account's programs start.
func (a account) workDir(dataDir string) string {
	if a.outside {
		return "/"
	}
	return dataDir
}

// own gives every file below dir to the account; it walks only when the top of the cluster is another's.
func (a account) own(dir string) error {
	if a.uid < 0 {
		return nil
	}
	st, err := os.Stat(filepath.Join(dir, clusterDir))
	if err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok && int(sys.Uid) == a.uid {
			return nil
		}
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
}
