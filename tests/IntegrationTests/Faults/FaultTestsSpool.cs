using CleanGateway.Infrastructure.Journal.Spool;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>Files of the journal that are torn, cut and damaged, under a gateway that is started on them.</summary>
public class FaultTestsSpool(GatewayFixture gateway) : FaultTest(gateway)
{
    private string Journal => Path.Combine(Folder, "data", "journal");
    private string Quarantine => Path.Combine(Journal, SpoolQuarantine.Name);

    /// <summary>A gateway that was killed in the middle of a write; no one was told that what is missing was there.</summary>
    [Fact]
    public async Task A_torn_tail_costs_nothing_but_itself()
    {
        await LeaveAsync(calls: 30);
        var segment = SpoolSegment.Find(Journal)[^1];
        var last = Records(segment)[^1];
        using (var file = File.OpenWrite(segment))
            file.SetLength(Random.NextInt64(last.From + 1, last.End));

        var next = await ServeAsync();

        await OutcomesAsync(("ok", 29), ("gateway_crash", 1));
        Directory.Exists(Quarantine).Should().BeFalse("a torn tail is no damage");
        (await next.StopAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_file_that_was_cut_keeps_what_is_before_the_cut()
    {
        await LeaveAsync(calls: 30);
        var segment = SpoolSegment.Find(Journal)[^1];
        var records = Records(segment);
        var cut = Random.NextInt64(records[5].End, records[^1].From);
        using (var file = File.OpenWrite(segment))
            file.SetLength(cut);

        var next = await ServeAsync();

        var left = records.Where(record => record.End <= cut).ToList();
        var (accepted, completed) = (left.Count(record => record.Kind == RecordKind.Accept), left.Count(record => record.Kind == RecordKind.Complete));
        await OutcomesAsync(("ok", completed), ("gateway_crash", accepted - completed));
        (await next.StopAsync()).Should().Be(0);
    }

    /// <summary>Two records are of each call: whichever is damaged, there is a row, and the damage is kept.</summary>
    [Fact]
    public async Task Bits_that_flipped_cost_no_more_than_their_records()
    {
        await LeaveAsync(calls: 30);
        var segment = SpoolSegment.Find(Journal)[^1];
        List<(RecordKind Kind, long From, long End)> ofCalls = [.. Records(segment).Where(record => record.Kind is RecordKind.Accept or RecordKind.Complete)];
        var hit = Enumerable.Range(0, 5).Select(tenth => ofCalls[(tenth * 10) + Random.Next(8)]).ToList();
        Flip(segment, hit.Select(record => Random.NextInt64(record.From, record.End)));

        var next = await ServeAsync();

        var crashed = hit.Count(record => record.Kind == RecordKind.Complete);
        await OutcomesAsync(("ok", 30 - crashed), ("gateway_crash", crashed));
        Directory.EnumerateFiles(Quarantine).Should().HaveCount(hit.Count);
        (await next.StopAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_file_that_is_there_twice_and_one_that_is_empty_change_nothing()
    {
        await LeaveAsync(calls: 10);
        File.Copy(SpoolSegment.Find(Journal)[^1], Path.Combine(Journal, "00000000000000fe.seg"));
        await File.WriteAllBytesAsync(Path.Combine(Journal, "00000000000000ff.seg"), [], Stop);

        await EndsEvenAsync(await ServeAsync());

        await OutcomesAsync(("ok", 10));
    }

    /// <summary>The disk goes bad under a gateway that runs, and not even a copy of the damage can be kept at first.</summary>
    [Fact]
    public async Task Damage_under_a_running_gateway_does_not_stop_its_shipping()
    {
        var running = await ServeAsync();
        await Database.AllowAsync(connections: false);
        await Callers.CallAsync("first", stream: false);
        await SaidAsync(running, "could not be written");
        for (var call = 0; call < 10; call++)
            (await Callers.CallAsync($"call-{call}", stream: call % 2 == 0)).Succeeded.Should().BeTrue();

        var segment = SpoolSegment.Find(Journal)[^1];
        Flip(segment, [Records(segment).Where(record => record.Kind == RecordKind.Complete).ElementAt(4).End - 1]);
        await File.WriteAllTextAsync(Quarantine, "in the way", Stop);
        await Database.AllowAsync(connections: true);
        await OutcomesAsync(("ok", 5));
        await SaidAsync(running, "could not be read on");
        File.Delete(Quarantine);

        await OutcomesAsync(("ok", 10));
        Directory.EnumerateFiles(Quarantine).Should().ContainSingle();
        (await running.StopAsync()).Should().Be(0);
        (await (await ServeAsync()).StopAsync()).Should().Be(0);
        await OutcomesAsync(("ok", 10), ("gateway_crash", 1));
    }

    /// <summary>Calls that were answered while the database was away, and then the gateway was killed.</summary>
    private async Task LeaveAsync(int calls)
    {
        var running = await ServeAsync();
        await Database.AllowAsync(connections: false);
        for (var call = 0; call < calls; call++)
            (await Callers.CallAsync($"call-{call}", stream: call % 2 == 0)).Succeeded.Should().BeTrue();

        await running.KillAsync();
        await Database.AllowAsync(connections: true);
    }

    private async Task OutcomesAsync(params (string Outcome, int Count)[] expected)
    {
        var found = "";
        var wanted = string.Join(' ', expected.Where(outcome => outcome.Count > 0).Order());
        var soon = Eventually.IsTrueAsync(
            async () =>
            {
                var rows = await Database.RowsAsync(
                    "SELECT r.outcome, count(*) FROM requests q JOIN responses r ON r.request_id_fk = q.id WHERE q.user_id IS NOT NULL GROUP BY 1");
                found = string.Join(' ', rows.Select(row => ((string)row[0]!, (long)row[1]!)).Order());
                return found == wanted;
            },
            "the outcomes are there");
        await soon.ContinueWith(_ => { }, Stop, TaskContinuationOptions.None, TaskScheduler.Default);
        found.Should().Be(wanted);
        (await Database.ScalarAsync<bool>("SELECT (SELECT sum(total_requests) FROM monthly_usage_summary) = (SELECT count(*) FROM usage_records)"))
            .Should().BeTrue();
    }

    private static void Flip(string segment, IEnumerable<long> places)
    {
        using var file = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        foreach (var place in places)
        {
            file.Position = place;
            var bad = (byte)(file.ReadByte() ^ 0x10);
            file.Position = place;
            file.WriteByte(bad);
        }
    }

    /// <summary>The records of the test's calls.</summary>
    private static List<(RecordKind Kind, long From, long End)> Records(string path)
    {
        using var segment = SpoolSegment.Open(path)!;
        var reader = new SegmentReader(segment, SpoolSegment.HeaderLength);
        var records = new List<(RecordKind, long, long)>();
        for (var from = reader.Offset; reader.Read(segment.Length).Kind == SegmentReadKind.Record; from = reader.Offset)
        {
            // Others are of what the test asked besides.
            if (reader.Payload.Span.IndexOf("\"call-"u8) >= 0)
                records.Add((reader.Kind, from, reader.Offset));
        }

        return records;
    }
}
