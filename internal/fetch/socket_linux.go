package fetch

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socketFacts reads TCP_INFO (tcp(7)) and SIOCINQ. Control keeps the descriptor
// from being closed and reused meanwhile, and fails when it is closed already.
func socketFacts(c syscall.RawConn) (Facts, bool) {
	var (
		f  Facts
		ok bool
	)
	err := c.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return
		}
		f, ok = factsOf(info), true
		if n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ); err == nil {
			f.Unread = n
		}
	})
	return f, ok && err == nil
}

// factsOf leaves out what has no meaning: the kernel counts the Last fields from
// zero until something has happened, which gives the machine's uptime.
func factsOf(i *unix.TCPInfo) Facts {
	f := Facts{
		State:            TCPState(i.State),
		Unacked:          i.Unacked,
		Retransmits:      uint32(i.Retransmits),
		TotalRetransmits: i.Total_retrans,
		Backoff:          uint32(i.Backoff),
		Probes:           uint32(i.Probes),
		NotSent:          i.Notsent_bytes,
		BytesAcked:       i.Bytes_acked,
		SendWindow:       i.Snd_wnd,
		BytesReceived:    i.Bytes_received,
		OutOfOrder:       i.Rcv_ooopack,
		LargestPacket:    i.Rcv_mss,
		ReceiveWindow:    i.Rcv_wnd,
		ReceiveSpace:     i.Rcv_space,
		RTT:              time.Duration(i.Rtt) * time.Microsecond,
		RTO:              time.Duration(i.Rto) * time.Microsecond,
		LastDataSent:     -1,
		LastDataReceived: -1,
		LastAckReceived:  -1,
	}
	if f.State == SynSent {
		return f
	}
	f.LastAckReceived = time.Duration(i.Last_ack_recv) * time.Millisecond
	if i.Bytes_received > 0 {
		f.LastDataReceived = time.Duration(i.Last_data_recv) * time.Millisecond
	}
	if i.Bytes_sent > 0 || i.Bytes_acked > 1 { // the SYN counts as an acknowledged byte
		f.LastDataSent = time.Duration(i.Last_data_sent) * time.Millisecond
	}
	return f
}
