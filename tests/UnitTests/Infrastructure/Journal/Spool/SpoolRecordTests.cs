using System.Text;
using System.Text.Json;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Spool;

namespace CleanGateway.UnitTests.Infrastructure.Journal.Spool;

public sealed class SpoolRecordTests : IDisposable
{
    private readonly SpoolFiles files = new();

    public void Dispose() => files.Dispose();

    /// <summary>The check value that the CRC catalogue gives for CRC-32/ISCSI.</summary>
    [Fact]
    public void The_checksum_is_CRC_32C()
    {
        var whole = new Crc32C();
        whole.Append("123456789"u8);
        whole.Value.Should().Be(0xE3069283);

        for (var split = 0; split <= 9; split++)
        {
            var pieces = new Crc32C();
            pieces.Append("123456789"u8[..split]);
            pieces.Append("123456789"u8[split..]);
            pieces.Value.Should().Be(0xE3069283);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_accepted_call_comes_back_as_it_was(bool hasReservation)
    {
        var call = files.Call(reserved: hasReservation ? new TokenUsage(3, 50) : null, stream: true);

        var restored = SpoolRecord.ReadAccepted(PayloadOf(SpoolRecord.Accept(call)));

        restored.Should().BeEquivalentTo(call, options => options.Excluding(request => request.Body));
        restored.Destination.Should().Be(call.Destination);
        BodyText(restored.Body).Should().Be(BodyText(call.Body));
    }

    [Fact]
    public void A_call_is_priced_with_the_whole_card_it_began_with()
    {
        var price = Price.Parse("""{"input_cost_per_token":0.0000025,"output_cost_per_token":0.00001,"cache_read_input_token_cost":0.00000125}""");
        var to = AcceptedDestination.Of(new Destination(default, "main", "gpt-4o", price));

        Restored(to).Should().Be(price);
        Restored(to with { Price = null }).Should().BeNull();
        Restored(to with { Price = null, InputPerToken = 0.1m, OutputPerToken = 0.2m }).Should().Be(new Price(0.1m, 0.2m), "older gateways wrote these");
        var unreadable = () => Restored(to with { Price = "{" });
        unreadable.Should().Throw<JsonException>();

        static Price? Restored(AcceptedDestination to) =>
            JsonSerializer.Deserialize<AcceptedDestination>(JsonSerializer.Serialize(to, SpoolJson.Default.Options), SpoolJson.Default.Options)!.RestorePrice();
    }

    [Fact]
    public void A_call_that_goes_nowhere_comes_back_too()
    {
        var call = RequestLog.Begin(RequestId.New(SpoolFiles.Start), default, new RequestLine("/v1/models", "GET", "/v1/models", null, null), SpoolFiles.Start);

        SpoolRecord.ReadAccepted(PayloadOf(SpoolRecord.Accept(call))).Should().BeEquivalentTo(call);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_completed_call_comes_back_as_the_rows_it_will_be(bool wasAccepted)
    {
        var call = files.Call();
        var row = ExchangeRow.Of(SpoolFiles.Answer(call));
        SpoolPosition? accepted = wasAccepted ? new SpoolPosition(7, 4711) : null;

        var (document, bodies) = SpoolRecord.Split(PayloadOf(SpoolRecord.Complete(row, accepted)));
        var completed = SpoolRecord.Read(document, SpoolJson.Default.CompletedCall);
        var restored = completed.Restore(bodies, wasAccepted ? call.Body.Json : null);

        completed.Accepted.Should().Be(accepted);
        restored.Should().BeEquivalentTo(row, options => options.Excluding(exchange => exchange.Request.Body).Excluding(exchange => exchange.Response.Body));
        BodyText(restored.Request.Body).Should().Be(BodyText(row.Request.Body));
        BodyText(restored.Response.Body).Should().Be(BodyText(row.Response.Body));
        (restored.Request.Body.Form, restored.Response.Body.Form).Should().Be((BodyForm.Json, BodyForm.Json));
        Encoding.UTF8.GetString(bodies.Span).Contains("Say hello!", StringComparison.Ordinal).Should().Be(!wasAccepted, "a body is stored once");
    }

    [Fact]
    public void A_body_that_cannot_be_read_any_more_is_told_as_omitted()
    {
        var row = ExchangeRow.Of(SpoolFiles.Answer(files.Call()));

        var (document, bodies) = SpoolRecord.Split(PayloadOf(SpoolRecord.Complete(row, new SpoolPosition(1, 16))));
        var restored = SpoolRecord.Read(document, SpoolJson.Default.CompletedCall).Restore(bodies, accepted: null);

        restored.Request.Body.Should().Be(LoggedBody.Omitted);
        BodyText(restored.Response.Body).Should().Be("""{"answer":"Hello"}""");
    }

    private static ReadOnlyMemory<byte> PayloadOf(SpoolRecord record)
    {
        var bytes = record.Pieces.SelectMany(piece => piece.ToArray()).ToArray();
        bytes.LongLength.Should().Be(record.Length);
        RecordFrame.Read(bytes, out var kind, out var length).Should().Be(FrameState.Whole);
        (kind, length).Should().Be((record.Kind, bytes.Length));
        return bytes.AsMemory(RecordFrame.HeaderLength);
    }

    private static string BodyText(LoggedBody body) => Encoding.UTF8.GetString(body.Json!.Value.Span);
}
