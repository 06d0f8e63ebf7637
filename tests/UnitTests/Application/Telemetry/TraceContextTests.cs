using CleanGateway.Application.Telemetry;

namespace CleanGateway.UnitTests.Application.Telemetry;

/// <summary>W3C Trace Context, level 1, 3.2.2.</summary>
public class TraceContextTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Span = "00f067aa0ba902b7";

    [Theory]
    [InlineData($"00-{Trace}-{Span}-01")]
    [InlineData($"cc-{Trace}-{Span}-01")]
    public void A_place_in_a_trace_is_taken_as_it_is(string parent) => TraceContext.Read(parent, null)!.TraceParent.Should().Be(parent);

    [Theory]
    [InlineData(null)]
    [InlineData($"00x{Trace}x{Span}x01")]
    [InlineData($"00\u00e9{Trace}-{Span}-01")]
    [InlineData($"00-{Trace}\t{Span}-01")]
    [InlineData($"00-{Trace}-{Span}\u200301")]
    [InlineData($"cc-{Trace}-{Span}-01.what-the-future-will-be-like")]
    [InlineData($"cc-{Trace}-{Span}-01-\r\nx: y")]
    public void What_others_could_not_read_goes_no_further(string? parent) => TraceContext.Read(parent, null).Should().BeNull();
}
