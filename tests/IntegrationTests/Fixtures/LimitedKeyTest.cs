using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// What tests of limits and budgets of one gateway have in common: keys and projects that have some, calls that come to
/// what they ask for, and calls that stay under way until a test ends them.
/// </summary>
public abstract class LimitedKeyTest(GatewayFixture gateway) : GatewayTest(gateway)
{
    /// <summary>What a token of output costs; input costs nothing, so that a call costs what it may cost.</summary>
    protected const decimal PerToken = 0.00006m;

    /// <summary>A key with limits; its id.</summary>
    /// <param name="limits">As in <c>SET</c>, for example <c>rate_limit = 3</c>.</param>
    protected async Task<Guid> LimitedKeyAsync(string limits, string secret = Key)
    {
        var id = await IssueKeyAsync(secret);
        await SqlAsync($"UPDATE api_keys SET {limits} WHERE id = $1", id);
        await Gateway.SettledAsync();
        return id;
    }

    /// <summary>A project with limits, that keys belong to from now on; its id.</summary>
    protected async Task<Guid> ProjectAsync(string limits, params Guid[] keys)
    {
        var id = await ScalarAsync<Guid>("INSERT INTO projects (name) VALUES ('Team') RETURNING id");
        await SqlAsync($"UPDATE projects SET {limits} WHERE id = $1", id);
        await SqlAsync("UPDATE api_keys SET project_id = $1 WHERE id = ANY ($2)", id, keys);
        await Gateway.SettledAsync();
        return id;
    }

    /// <summary>A model whose calls cost just what their output does, and an upstream that gives as much as it may.</summary>
    protected async Task ServeForOutputAsync(string type = "openai", string config = "")
    {
        await ServeAsync(type: type, config: $$"""{"base_url": "{{Upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"]{{config}}}""");
        await SqlAsync("UPDATE models SET input_cost_per_token = 0");
        await Gateway.SettledAsync();
        Upstream.Answer = AnswerAsAskedAsync;
    }

    /// <summary>A chat with this output cap; without one where that is null.</summary>
    protected static string Chat(int? maxTokens = null, bool stream = false, string more = "") =>
        """{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]"""
        + (maxTokens is { } cap ? $",\"max_tokens\":{cap}" : "") + (stream ? ",\"stream\":true" : "") + more + "}";

    /// <summary>Makes a call to its end.</summary>
    protected async Task<HttpResponseMessage> WholeAsync(string body, string? key = Key)
    {
        var answer = await PostAsync(body, key);
        await answer.Content.LoadIntoBufferAsync(Stop);
        return answer;
    }

    /// <summary>A call that the upstream has begun to answer, and does not go on with.</summary>
    /// <returns>Has it go on, and completes when the caller has all of it.</returns>
    protected Task<Func<Task>> HoldAsync(int maxTokens) => HoldAsync(Chat(maxTokens, stream: true), UsageOf(maxTokens));

    /// <inheritdoc cref="HoldAsync(int)"/>
    /// <param name="body">Asks for a stream.</param>
    /// <param name="usage">What the upstream counts in the end.</param>
    protected async Task<Func<Task>> HoldAsync(string body, string usage)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Answer = Scripts.WorkUntil(go.Task, asked, call => AnswerStreamAsync(call, usage), Stop);
        var answer = WholeAsync(body);
        await Task.WhenAny(asked.Task, answer);
        asked.Task.IsCompleted.Should().BeTrue("the call is to be let through");
        Upstream.Answer = AnswerAsAskedAsync;
        return async () =>
        {
            go.SetResult();
            using var whole = await answer;
            (await whole.Content.ReadAsStringAsync(Stop)).Should().EndWith("data: [DONE]\n\n");
        };
    }

    /// <summary>An upstream that reports this usage; null: none at all.</summary>
    private protected static Func<UpstreamCall, Task> Reporting(string? usage) =>
        call => call.Request.WantsStream ? BeginAndAnswerStreamAsync(call, usage) : AnswerWholeAsync(call, usage);

    protected static string UsageOf(long output) => $$"""{"prompt_tokens":5,"completion_tokens":{{output}},"total_tokens":{{output + 5}}}""";

    /// <summary>How the budgets of a key or a project stand, by the admin API.</summary>
    protected async Task<JsonElement> BudgetsAsync(Guid id)
    {
        using var answer = await Admin(Gateway.AdminUrl).GetAsync($"/admin/budgets/{id}", Stop);
        return await JsonAsync(answer);
    }

    /// <summary>Of one of them: spent and reserved.</summary>
    protected async Task<(decimal Spent, decimal Reserved)> BudgetAsync(Guid id, string kind = "monthly")
    {
        var budget = (await BudgetsAsync(id)).GetProperty("budgets").EnumerateArray()
            .Single(budget => budget.GetProperty("kind").GetString() == kind);
        return (budget.GetProperty("spent").GetDecimal(), budget.GetProperty("reserved").GetDecimal());
    }

    /// <summary>What the caller is told: status, code, message.</summary>
    protected async Task<(int Status, string? Code, string? Message)> ToldAsync(HttpResponseMessage answer)
    {
        var error = await ErrorAsync(answer);
        return ((int)answer.StatusCode, error.GetProperty("code").ToString(), error.GetProperty("message").GetString());
    }

    protected static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static Task AnswerAsAskedAsync(UpstreamCall call)
    {
        var caps = call.Request.Json.EnumerateObject()
            .Where(field => field.Name is "max_completion_tokens" or "max_tokens" && field.Value.ValueKind == JsonValueKind.Number)
            .Select(field => field.Value.GetInt64()).ToList();
        return Reporting(UsageOf(caps.Count == 0 ? 3 : caps.Max()))(call);
    }

    private static Task AnswerWholeAsync(UpstreamCall call, string? usage) => call.RespondAsync(
        200,
        """{"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]"""
        + (usage is null ? "}" : $",\"usage\":{usage}}}"));

    private static async Task BeginAndAnswerStreamAsync(UpstreamCall call, string? usage)
    {
        await call.BeginStreamAsync();
        await AnswerStreamAsync(call, usage);
    }

    private static async Task AnswerStreamAsync(UpstreamCall call, string? usage)
    {
        await call.SayRoleAsync();
        await call.SayWordAsync("Hi");
        await call.SayFinishAsync();
        if (usage is not null)
            await call.SayAsync($$"""{"id":"c1","object":"chat.completion.chunk","choices":[],"usage":{{usage}}}""");
        await call.SayAsync("[DONE]");
        await call.EndAsync();
    }
}
