using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The guide's "Testing with cURL" and "Error Scenarios", after its "Setup Test Data".</summary>
public class DocumentTestsGuideCurl(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Theory]
    [InlineData(Printed.Guide001.BasicChat, "gpt-4")]
    [InlineData(Printed.Guide001.ChatByAlias, "my-gpt4")]
    public async Task A_chat_is_answered_as_printed(string command, string model)
    {
        await SetUpAsync();

        var answer = await ShellAsync(command);

        answer.Status.Should().Be("200");
        var json = JsonDocument.Parse(answer.Output).RootElement;
        json.GetProperty("id").GetString().Should().StartWith("chatcmpl-");
        json.GetProperty("object").GetString().Should().Be("chat.completion");
        json.GetProperty("created").GetInt64().Should().BePositive();
        json.GetProperty("model").GetString().Should().NotBeEmpty();
        var choice = json.GetProperty("choices").EnumerateArray().Should().ContainSingle().Which;
        choice.GetProperty("index").GetInt32().Should().Be(0);
        choice.GetProperty("message").GetProperty("role").GetString().Should().Be("assistant");
        choice.GetProperty("message").GetProperty("content").GetString().Should().Be("Hello there");
        choice.GetProperty("finish_reason").GetString().Should().Be("stop");
        var usage = json.GetProperty("usage");
        usage.GetProperty("total_tokens").GetInt32().Should()
            .Be(usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32());
        Upstream.Request.Json.GetProperty("model").GetString().Should().Be("gpt-4");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Model == model && logged.Cost == 0.00045m);
    }

    [Fact]
    public async Task A_stream_comes_as_printed()
    {
        await SetUpAsync();

        var answer = await ShellAsync(Printed.Guide001.StreamingChat);

        answer.Status.Should().Be("200");
        answer.Header("Content-Type").Should().StartWith("text/event-stream");
        answer.Output.Should().EndWith("data: [DONE]\n\n");
        var events = answer.Output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.Should().OnlyContain(text => text.StartsWith("data: ") && !text.Contains('\n'));
        var chunks = events[..^1].Select(text => JsonDocument.Parse(text["data: ".Length..]).RootElement).ToList();
        chunks.Should().OnlyContain(chunk =>
            chunk.GetProperty("object").GetString() == "chat.completion.chunk" && chunk.GetProperty("choices").GetArrayLength() == 1);
        var deltas = chunks.ConvertAll(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"));
        deltas[0].GetRawText().Should().Be("""{"role":"assistant","content":""}""");
        deltas[1..^1].Select(delta => delta.GetProperty("content").GetString()).Should().Equal("Hello", " there");
        chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("stop");
    }

    [Fact]
    public async Task Health_is_ok()
    {
        var answer = await ShellAsync(Printed.Guide001.Health);

        answer.Status.Should().Be("200");
        answer.Output.Should().Be("OK");
    }

    [Theory]
    [InlineData(Printed.Guide001.InvalidKey, Printed.Guide001.InvalidKeyAnswer, "401")]
    [InlineData(Printed.Guide001.MissingHeader, Printed.Guide001.MissingHeaderAnswer, "401")]
    public async Task Whom_the_gateway_does_not_know_it_refuses_in_the_printed_words(string command, string body, string status)
    {
        await SetUpAsync();

        var answer = await ShellAsync(command);

        answer.Status.Should().Be(status);
        ShouldBeSameJson(answer.Output, body);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0, "nobody has called");
    }

    /// <summary>Corrected: as printed, its quotes do not end.</summary>
    [Fact]
    public async Task A_model_nobody_serves_is_refused_in_the_printed_words()
    {
        await SetUpAsync();

        const string Wrong = "\"Content-Type\": application/json\"";
        Printed.Guide001.UnknownModel.Should().Contain(Wrong);
        var answer = await ShellAsync(Printed.Guide001.UnknownModel.Replace(Wrong, "\"Content-Type: application/json\"", StringComparison.Ordinal));

        answer.Status.Should().Be("400");
        ShouldBeSameJson(answer.Output, Printed.Guide001.UnknownModelAnswer);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "rejected" && logged.Model == "gpt-99" && logged.Status == 400);
    }

    [Fact]
    public async Task The_database_answers_as_printed()
    {
        var answer = await ShellAsync(Printed.Guide001.DatabaseAnswers);

        answer.ExitCode.Should().Be(0, answer.Errors);
        PsqlTable.Parse(answer.Output).First("?column?").Should().Be("1");
    }

    private async Task SetUpAsync()
    {
        await InsertTestDataAsync();
        await Gateway.SettledAsync();
    }
}

/// <summary>The guide's snippet for Node.js, with the real library.</summary>
public class DocumentTestsGuideNode(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Fact]
    public async Task The_printed_snippet_prints_the_answer()
    {
        await NeedNodeAsync();
        await ServeToAKeyAsync();

        var script = Printed.Guide001.NodeSnippet.Replace("http://localhost:8080/v1", BaseUrl.ToString(), StringComparison.Ordinal);
        var run = await ExternalProgram.RunAsync("node", ["--input-type=module", "-e", script], Repository.Clients, [], Stop);

        run.Output.Should().Be("Hello there\n", run.Errors);
    }
}
