using CleanGateway.Api.Inference;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;
using CleanGateway.UnitTests.Application;
using Microsoft.AspNetCore.Http;

namespace CleanGateway.UnitTests.Api;

public class InferenceAnswersTests
{
    private readonly DefaultHttpContext http = new();

    [Theory]
    [InlineData("top_k, tools[0].type, a-b", "top_k", "tools[0].type", "a-b")]
    [InlineData("?, top_k, ?, ?, ?", "größe", "top_k", "a\r\nset-cookie: b", "", "top_k\n")]
    [InlineData("?, ?", "a, b", "😀")]
    public async Task What_was_left_out_is_named_in_a_header_as_far_as_a_header_can(string told, params string[] dropped) =>
        (await HeaderAsync(dropped)).Should().Be(told);

    [Theory]
    [InlineData(64, false)]
    [InlineData(65, true)]
    public async Task A_name_that_goes_on_and_on_is_not_told(int length, bool isHidden) =>
        (await HeaderAsync(new string('x', length)) == "?").Should().Be(isHidden);

    [Fact]
    public async Task So_many_names_and_no_more_are_told() =>
        (await HeaderAsync([.. Enumerable.Range(0, 40).Select(number => $"p{number}")])).Should().EndWith(", p31");

    [Fact]
    public async Task Nothing_left_out_is_no_header() => (await HeaderAsync()).Should().BeEmpty();

    [Fact]
    public async Task A_stream_whose_headers_cannot_be_written_is_hung_up()
    {
        var stream = new ScriptedStream("{}");
        ((HeaderDictionary)http.Response.Headers).IsReadOnly = true;

        var writing = () => WriteAsync(new InferenceOutcome.Streaming(stream) { DroppedParams = ["top_k"] });

        await writing.Should().ThrowAsync<InvalidOperationException>();
        stream.HungUp.Should().BeTrue();
    }

    private async Task<string> HeaderAsync(params string[] dropped)
    {
        await WriteAsync(new InferenceOutcome.Completed("{}"u8.ToArray(), UsageReport.None, Model: null) { DroppedParams = dropped });
        return http.Response.Headers["x-gateway-dropped-params"].ToString();
    }

    private Task WriteAsync(InferenceOutcome outcome) => InferenceAnswers.WriteAsync(http, outcome, ApiFormat.ChatCompletions, TimeProvider.System);
}
