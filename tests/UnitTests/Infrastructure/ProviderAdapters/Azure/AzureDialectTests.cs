using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Azure;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Azure;

public class AzureDialectTests
{
    private const string First = """{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}""";
    private const string Role = """{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""";
    private const string Usage = """{"id":"","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}""";

    [Theory]
    [InlineData(null, "my deployment", "https://res.openai.azure.com/openai/v1/chat/completions")]
    [InlineData("2024-10-21", "my deployment", "https://res.openai.azure.com/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21")]
    public void A_chat_goes_to_the_deployment(string? version, string deployment, string url)
    {
        var message = Write(version, Chats.Read(Chats.Hello), deployment);

        message.Url.AbsoluteUri.Should().Be(url);
        Chats.Text(message.Body).Should().Be(Chats.Hello.Replace("\"m\"", $"\"{deployment}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void The_chunk_that_is_only_of_the_filter_is_not_the_answers_first()
    {
        var (reader, events) = (Write(null, Chats.Read(Chats.HelloStream), "m").Answer, new AnswerEvents());

        foreach (var chunk in new[] { First, First, Role, Usage, "[DONE]" })
            reader.Read(new UpstreamEvent(Encoding.UTF8.GetBytes(chunk), IsError: false), events);

        Taken(events).Should().Equal(Role, Usage);
        events.Terminated.Should().BeTrue();
    }

    [Fact]
    public void A_chunk_with_an_id_or_a_choice_is_never_left_out()
    {
        foreach (var chunk in new[] { Role, """{"id":"","choices":[{"index":0}]}""", """{"id":"c1","choices":[]}""" })
        {
            var (reader, events) = (Write(null, Chats.Read(Chats.HelloStream), "m").Answer, new AnswerEvents());
            reader.Read(new UpstreamEvent(Encoding.UTF8.GetBytes(chunk), IsError: false), events);
            Taken(events).Should().Equal(chunk);
        }
    }

    [Theory]
    [InlineData(400, """{"error":{"code":"content_filter","message":"filtered"}}""", "ContentFilter")]
    [InlineData(400, """{"error":{"code":null,"message":"filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", "ContentFilter")]
    [InlineData(400, """{"error":{"code":"context_length_exceeded","message":"too many"}}""", "ContextLength")]
    [InlineData(400, """{"error":{"code":"OperationNotSupported","message":"no chat"}}""", "InvalidRequest")]
    [InlineData(401, """{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}""", "Authentication")]
    [InlineData(401, """{"statusCode":401,"message":"Unauthorized. Access token is missing"}""", "Authentication")]
    [InlineData(403, """{"error":{"code":"AccessDenied","message":"Public access is disabled"}}""", "Permission")]
    [InlineData(404, """{"error":{"code":"DeploymentNotFound","message":"none"}}""", "ModelNotFound")]
    [InlineData(404, """{"error":{"code":"404","message":"Resource not found"}}""", "ModelNotFound")]
    [InlineData(408, "", "Timeout")]
    [InlineData(424, "", "Failed")]
    [InlineData(429, """{"error":{"code":"429","message":"Requests have exceeded token rate limit. Please retry after 12 seconds."}}""", "RateLimited")]
    [InlineData(429, """{"statusCode":429,"message":"Rate limit is exceeded. Try again in 12 seconds."}""", "RateLimited")]
    [InlineData(429, """{"error":{"code":"429","message":"System is experiencing high demand"}}""", "Overloaded")]
    [InlineData(429, """{"error":{"code":"NoCapacity","message":"none"}}""", "Overloaded")]
    [InlineData(429, """{"error":{"code":"insufficient_quota","message":"none left"}}""", "Billing")]
    [InlineData(500, """{"error":{"code":"InternalServerError"}}""", "Failed")]
    [InlineData(502, "<html>", "Failed")]
    [InlineData(503, """{"error":{"code":"ServiceUnavailable"}}""", "Overloaded")]
    [InlineData(504, "", "Timeout")]
    public void Its_errors_are_of_these_kinds(int status, string body, string kind)
    {
        var dialect = new AzureDialect(Chats.Account());

        dialect.KindOf(status, dialect.ReadFailure(Encoding.UTF8.GetBytes(body), headers: null)).ToString().Should().Be(kind);
    }

    private static UpstreamMessage Write(string? version, InferenceRequest request, string deployment)
    {
        var account = Chats.Account("https://res.openai.azure.com/") with { Options = new UpstreamOptions { ApiVersion = version } };
        return new AzureDialect(account).Write(request, Chats.Target(deployment)).Message!;
    }

    private static List<string> Taken(AnswerEvents events)
    {
        var taken = new List<string>();
        while (events.TryTake(out var json, out _))
            taken.Add(Chats.Text(json));
        return taken;
    }
}
