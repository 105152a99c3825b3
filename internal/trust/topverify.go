package trust

import (
	"errors"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/lint"
)

// topVerdict is what is known of timestamp or snapshot after it was verified.
type topVerdict struct {
	signers []Signer
	duty    duty
	problem *finding.Finding // nil if go-tuf accepts it under what is above it
	remarks []finding.Finding
	before  recalled // what a client says that has the remembered files
}

// verifyTimestamp has go-tuf judge a timestamp by the root (5.4). It is expensive.
func verifyTimestamp(root *metadata.Metadata[metadata.RootType], data []byte, limits Limits) (*metadata.Metadata[metadata.TimestampType], topVerdict) {
	var md *metadata.Metadata[metadata.TimestampType]
	v := topVerdict{duty: rootDuty(root, metadata.TIMESTAMP)}
	err := limits.affordable(v.duty, len(data))
	if err == nil {
		tm := trustedmetadata.TrustedMetadata{Root: root, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
		err = guard("TrustedMetadata.UpdateTimestamp, which verifies it", func() (err error) { md, err = tm.UpdateTimestamp(data); return })
	}
	if err != nil { // what was accepted has been read
		if perr := guard(reading, func() (err error) { md, err = metadata.Timestamp().FromBytes(data); return }); perr != nil {
			f := unparsable("timestamp", data, perr)
			return nil, topVerdict{problem: &f}
		}
	}
	v.remarks = linted(func() []finding.Finding { return lint.Timestamp(md, data) })
	var unreadable string
	rec := receive(data, md)
	v.signers, unreadable = signed(v.duty, proofOf(md), len(data), err == nil, limits, rec)
	if err != nil {
		f := refused{
			subject: "timestamp", err: err, duties: []stated{{"the root", v.duty}}, unreadable: unreadable, tally: tally(v.signers, v.duty.threshold), data: data,
			lists: [][]Signer{v.signers}, receive: rec, limits: limits,
		}.finding()
		v.problem = &f
		return md, v
	}
	if md.Signed.Meta["snapshot.json"] == nil {
		// go-tuf accepts this and crashes at the next file.
		why := errors.New("it does not list snapshot.json")
		if _, null := md.Signed.Meta["snapshot.json"]; null {
			why = errors.New("it lists snapshot.json as null")
		}
		f := unparsable("timestamp", nil, why)
		v.problem = &f
	}
	return md, v
}

// verifySnapshot has go-tuf judge a snapshot by the root and by the timestamp that names
// it (5.5), which itself may not be accepted. It is expensive.
func verifySnapshot(root *metadata.Metadata[metadata.RootType], ts *metadata.Metadata[metadata.TimestampType], data []byte, limits Limits) (*metadata.Metadata[metadata.SnapshotType], topVerdict) {
	var md *metadata.Metadata[metadata.SnapshotType]
	v := topVerdict{duty: rootDuty(root, metadata.SNAPSHOT)}
	err := limits.affordable(v.duty, len(data))
	if err == nil {
		tm := trustedmetadata.TrustedMetadata{Root: root, Timestamp: ts, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
		err = guard("TrustedMetadata.UpdateSnapshot, which verifies it", func() (err error) { md, err = tm.UpdateSnapshot(data, false); return })
	}
	if err != nil { // what was accepted has been read
		if perr := guard(reading, func() (err error) { md, err = metadata.Snapshot().FromBytes(data); return }); perr != nil {
			f := unparsable("snapshot", data, perr)
			return nil, topVerdict{problem: &f}
		}
	}
	v.remarks = linted(func() []finding.Finding { return lint.Snapshot(md, data) })
	var unreadable string
	rec := receive(data, md)
	v.signers, unreadable = signed(v.duty, proofOf(md), len(data), err == nil, limits, rec)
	if err != nil {
		f := refused{
			subject: "snapshot", err: err, duties: []stated{{"the root", v.duty}}, unreadable: unreadable, tally: tally(v.signers, v.duty.threshold),
			by: "the timestamp", announced: ts.Signed.Meta["snapshot.json"], version: md.Signed.Version, data: data,
			lists: [][]Signer{v.signers}, receive: rec, limits: limits,
		}.finding()
		v.problem = &f
	}
	return md, v
}
