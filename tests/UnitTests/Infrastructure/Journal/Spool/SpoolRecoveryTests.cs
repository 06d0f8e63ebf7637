using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Spool;

namespace CleanGateway.UnitTests.Infrastructure.Journal.Spool;

public sealed class SpoolRecoveryTests : IDisposable
{
    private readonly SpoolFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public async Task Only_calls_without_an_end_are_open()
    {
        var (ended, open, told) = (files.Call(), files.Call(), files.Call());
        await WriteAsync(
            SpoolRecord.Accept(ended), SpoolRecord.Accept(open), SpoolRecord.Accept(told), Completed(ended),
            SpoolRecord.Progress(told, new TokenUsage(3, 20), SpoolFiles.Start.AddSeconds(5)),
            SpoolRecord.Progress(told, new TokenUsage(3, 40), SpoolFiles.Start.AddSeconds(10)));

        using var spool = files.Open();
        var (recovery, calls) = SpoolFiles.Recover(spool);

        calls.Select(call => (Read(spool, call).RequestId, call.Seen, call.LastSign)).Should().BeEquivalentTo(new (string, TokenUsage?, DateTimeOffset)[]
        {
            (open.RequestId, null, open.StartTime),
            (told.RequestId, new TokenUsage(3, 40), SpoolFiles.Start.AddSeconds(10)),
        });
        (recovery.Unsettled, recovery.Quarantined).Should().Be((1, 0));
    }

    /// <summary>A process can die after any byte: what was whole before stays, and the rest is no one's loss.</summary>
    [Fact]
    public async Task A_tail_that_was_torn_at_any_byte_is_cut_off()
    {
        var (first, second) = (files.Call(), files.Call());
        var kept = SpoolSegment.HeaderLength + await WriteAsync(SpoolRecord.Accept(first), Completed(first));
        var whole = kept + await AppendAsync(SpoolRecord.Accept(second));
        var segment = files.Segments.Single();
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);

        for (var length = kept; length < whole; length++)
        {
            await File.WriteAllBytesAsync(segment, bytes[..(int)length], TestContext.Current.CancellationToken);
            using var spool = files.Open();

            var (recovery, calls) = SpoolFiles.Recover(spool);

            calls.Should().BeEmpty();
            (recovery.Unsettled, recovery.Quarantined).Should().Be((1, 0), "torn after {0} of {1} bytes", length - kept, whole - kept);
            new FileInfo(segment).Length.Should().Be(kept);
        }
    }

    /// <summary>Whatever byte goes bad, one record is lost at most; it is counted, and its bytes are kept.</summary>
    [Fact]
    public async Task A_bit_that_flipped_anywhere_costs_no_more_than_its_record()
    {
        var calls = Enumerable.Range(0, 3).Select(_ => files.Call()).ToList();
        await WriteAsync([.. calls.Select(Completed)]);
        var segment = files.Segments.Single();
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        var (lost, seed) = (0, Random.Shared.Next());
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);

        for (var at = SpoolSegment.HeaderLength; at < bytes.Length; at++)
        {
            var bad = bytes.ToArray();
            bad[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(segment, bad, TestContext.Current.CancellationToken);
            using var spool = files.Open();

            var (recovery, _) = SpoolFiles.Recover(spool);

            // A length that grew at the last record looks like one that was not finished.
            var isTorn = recovery.Quarantined == 0;
            recovery.Unsettled.Should().Be(2, "the byte at {0} went bad", at);
            lost += isTorn ? 0 : 1;
            if (!isTorn)
                Directory.GetFiles(Path.Combine(files.Path, SpoolQuarantine.Name)).Should().NotBeEmpty();
        }

        lost.Should().BeGreaterThan(bytes.Length * 9 / 10);
    }

    [Fact]
    public async Task What_is_settled_is_not_shipped_again_and_its_files_go()
    {
        var tiny = SpoolFiles.Roomy with { SegmentBytes = 1 };
        var (first, second) = (files.Call(), files.Call());
        var end = await WriteEachAsync(tiny, SpoolRecord.Accept(first), Completed(first), SpoolRecord.Accept(second));
        await WriteEachAsync(tiny, SpoolRecord.Settled(end));

        using var spool = files.Open();
        var (recovery, calls) = SpoolFiles.Recover(spool);

        recovery.Unsettled.Should().Be(0);
        Read(spool, calls.Single()).RequestId.Should().Be(second.RequestId);
        spool.Segments().Select(segment => segment.Pins).Should().Contain(1, "the open call's request is still there");
    }

    [Fact]
    public async Task A_segment_that_is_there_twice_changes_nothing()
    {
        var call = files.Call();
        await WriteAsync(SpoolRecord.Accept(call), Completed(call));
        var segment = files.Segments.Single();
        File.Copy(segment, Path.Combine(files.Path, "00000000000000ff.seg"));

        using var spool = files.Open();
        var (recovery, calls) = SpoolFiles.Recover(spool);

        calls.Should().BeEmpty();
        recovery.Quarantined.Should().Be(0);
    }

    [Fact]
    public async Task A_file_that_was_not_even_begun_is_nothing()
    {
        await WriteAsync(SpoolRecord.Accept(files.Call()));
        await File.WriteAllBytesAsync(Path.Combine(files.Path, "00000000000000ff.seg"), [1, 2, 3], TestContext.Current.CancellationToken);

        using var spool = files.Open();

        SpoolFiles.Recover(spool).Open.Should().ContainSingle();
    }

    [Fact]
    public async Task A_newer_version_s_files_stop_the_start_and_stay()
    {
        await WriteAsync(SpoolRecord.Accept(files.Call()));
        var segment = files.Segments.Single();
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[8] = 2;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);

        var opening = () => files.Open();

        opening.Should().Throw<StartException>().WithMessage("*version 2*");
        (await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken)).Should().Equal(bytes);
    }

    private static SpoolRecord Completed(RequestLog call) => SpoolRecord.Complete(ExchangeRow.Of(SpoolFiles.Answer(call)), accepted: null);

    private static RequestLog Read(SpoolFolder spool, OpenCall call) =>
        SpoolRecord.ReadAccepted(SegmentReader.ReadAt(spool.Find(call.At.Segment)!, call.At.Offset, RecordKind.Accept)!.Value);

    /// <returns>How many bytes.</returns>
    private async Task<long> WriteAsync(params SpoolRecord[] records)
    {
        using var spool = files.Open();
        await using var writer = SpoolFiles.Write(spool);
        foreach (var record in records)
            (await writer.AppendAsync(record)).Should().NotBeNull();

        return records.Sum(record => record.Length);
    }

    // Behind what is there, in the same file.
    private async Task<long> AppendAsync(SpoolRecord record)
    {
        await using var segment = new FileStream(files.Segments.Single(), FileMode.Append);
        foreach (var piece in record.Pieces)
            await segment.WriteAsync(piece, TestContext.Current.CancellationToken);

        return record.Length;
    }

    private async Task<SpoolPosition> WriteEachAsync(SpoolLimits limits, params SpoolRecord[] records)
    {
        using var spool = files.Open();
        SpoolFiles.Recover(spool);
        await using var writer = SpoolFiles.Write(spool, limits);
        foreach (var record in records)
            (await writer.AppendAsync(record)).Should().NotBeNull();

        return spool.End;
    }
}
