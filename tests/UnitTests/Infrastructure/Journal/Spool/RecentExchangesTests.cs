using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Spool;

namespace CleanGateway.UnitTests.Infrastructure.Journal.Spool;

public sealed class RecentExchangesTests : IDisposable
{
    private readonly SpoolFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void One_is_taken_once()
    {
        var recent = new RecentExchanges(mostBytes: 100_000);
        var exchange = Exchange();
        recent.Add(At(16), exchange);

        recent.Take(At(16)).Should().BeSameAs(exchange);
        recent.Take(At(16)).Should().BeNull();
        recent.Take(At(17)).Should().BeNull();
    }

    [Fact]
    public void Only_so_many_bytes_are_held_and_room_comes_back()
    {
        var one = Exchange(new string('x', 3_000));
        var recent = new RecentExchanges(mostBytes: 10_000);
        for (var offset = 0; offset < 5; offset++)
            recent.Add(At(offset), one);

        Enumerable.Range(0, 5).Count(offset => recent.Take(At(offset)) is not null).Should().Be(2, "each takes some 4,000 bytes");
        recent.Add(At(9), one);
        recent.Take(At(9)).Should().NotBeNull();
    }

    [Fact]
    public void What_was_passed_by_is_forgotten()
    {
        var recent = new RecentExchanges(mostBytes: 100_000);
        foreach (var offset in (long[])[10, 20, 30])
            recent.Add(At(offset), Exchange());

        recent.Forget(At(30));

        new[] { recent.Take(At(10)), recent.Take(At(20)) }.Should().AllSatisfy(taken => taken.Should().BeNull());
        recent.Take(At(30)).Should().NotBeNull();
    }

    /// <summary>The file is what counts: a process that comes later has nothing else.</summary>
    [Fact]
    public async Task The_writer_keeps_what_the_files_say_too()
    {
        var call = files.Call();
        using var folder = files.Open();
        await using var writer = SpoolFiles.Write(folder);
        var accepted = (await writer.AppendAsync(SpoolRecord.Accept(call)))!.Value;
        var row = ExchangeRow.Of(SpoolFiles.Answer(call));
        var completed = (await writer.AppendAsync(SpoolRecord.Complete(row, accepted)))!.Value;

        var kept = writer.Recent.Take(completed);
        kept!.Row.Should().BeSameAs(row);
        kept.AcceptedIn.Should().Be(accepted.Segment);
        kept.Bytes.Should().BeGreaterThan(row.Size + (2 * row.Request.Headers!.Length), "headers and names take room, too");
        writer.Recent.Take(accepted).Should().BeNull("only ends of calls are shipped");

        var payload = SegmentReader.ReadAt(folder.Find(completed.Segment)!, completed.Offset, RecordKind.Complete)!.Value;
        var (document, bodies) = SpoolRecord.Split(payload);
        var body = SpoolRecord.Split(SegmentReader.ReadAt(folder.Find(accepted.Segment)!, accepted.Offset, RecordKind.Accept)!.Value).Bodies;
        var restored = SpoolRecord.Read(document, SpoolJson.Default.CompletedCall).Restore(bodies, body);
        (restored.Request with { Body = row.Request.Body }).Should().Be(row.Request);
        (restored.Response with { Body = row.Response.Body }).Should().Be(row.Response);
        restored.Usage.Should().Be(row.Usage);
        restored.Request.Body.Json!.Value.ToArray().Should().Equal(row.Request.Body.Json!.Value.ToArray());
        restored.Response.Body.Json!.Value.ToArray().Should().Equal(row.Response.Body.Json!.Value.ToArray());
    }

    private RecentExchange Exchange(string answer = "Hello") => new(ExchangeRow.Of(SpoolFiles.Answer(files.Call(), answer)), AcceptedIn: 1, Bytes: answer.Length + 1000);

    private static SpoolPosition At(long offset) => new(1, offset);
}
