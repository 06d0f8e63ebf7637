using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What a budget does to how long an answer may be.</summary>
public class MeteringTestsOutputCap(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    private const string AskedFor = """{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]""";

    [Theory]
    [InlineData("openai", "", "max_completion_tokens")]
    [InlineData("openai_compatible", "", "max_tokens")]
    [InlineData("openai", ""","output_cap_field":"max_tokens" """, "max_tokens")]
    [InlineData("openai_compatible", ""","output_cap_field":"max_completion_tokens" """, "max_completion_tokens")]
    public async Task A_caller_without_a_cap_gets_the_one_that_the_budget_affords(string type, string config, string field)
    {
        await ServeForOutputAsync(type, config);
        var id = await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync(AskedFor + "}");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Header(answer, "x-gateway-max-tokens").Should().Be("10");
        Upstream.Request.Body.Should().Be($$"""{"{{field}}":10,""" + AskedFor[1..] + "}");
        (await BudgetAsync(id)).Should().Be((0.0006m, 0m));
    }

    [Fact]
    public async Task A_stream_gets_one_as_well()
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync(Chat(stream: true));

        Header(answer, "x-gateway-max-tokens").Should().Be("10");
        Upstream.Request.Json.GetProperty("max_completion_tokens").GetInt64().Should().Be(10);
        Upstream.Request.Json.GetProperty("stream_options").GetProperty("include_usage").GetBoolean().Should().BeTrue();
    }

    /// <summary>The field that a provider of this type would get plays no part.</summary>
    [Theory]
    [InlineData("openai", "\"max_tokens\":100", "\"max_tokens\":10")]
    [InlineData("openai", "\"max_tokens\":100,\"max_completion_tokens\":50", "\"max_tokens\":10,\"max_completion_tokens\":10")]
    [InlineData("openai", "\"max_tokens\":100,\"max_completion_tokens\":10", "\"max_tokens\":10,\"max_completion_tokens\":10")]
    [InlineData("openai", "\"max_tokens\":5,\"max_completion_tokens\":10", "\"max_tokens\":10,\"max_completion_tokens\":10")]
    [InlineData("openai", "\"max_completion_tokens\":null", "\"max_completion_tokens\":10")]
    [InlineData("openai", "\"max_completion_tokens\":null,\"max_tokens\":100", "\"max_completion_tokens\":null,\"max_tokens\":10")]
    public async Task The_callers_own_field_is_lowered_where_it_stands(string type, string asked, string sent)
    {
        await ServeForOutputAsync(type);
        await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync($"{AskedFor},{asked},\"temperature\":0.70}}");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Header(answer, "x-gateway-max-tokens").Should().Be("10");
        Upstream.Request.Body.Should().Be($"{AskedFor},{sent},\"temperature\":0.70}}");
    }

    /// <summary>A server that reads the older field may not know the newer one, and would give as much as it likes.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(10)]
    public async Task A_provider_that_reads_the_other_field_gets_the_cap_in_that_one_too(int asked)
    {
        await ServeForOutputAsync("openai_compatible");
        await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync($"{AskedFor},\"max_completion_tokens\":{asked}}}");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Body.Should().Be($$"""{"max_tokens":10,{{AskedFor[1..]}},"max_completion_tokens":10}""");
    }

    /// <summary>As if it were not there: newer models refuse the older field.</summary>
    [Fact]
    public async Task A_field_that_is_null_is_not_the_callers_choice()
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync($"{AskedFor},\"max_tokens\":null}}");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Body.Should().Be($$"""{"max_completion_tokens":10,{{AskedFor[1..]}},"max_tokens":null}""");
    }

    [Theory]
    [InlineData("\"max_tokens\":10")]
    [InlineData("\"max_completion_tokens\":3")]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":5")]
    public async Task A_cap_that_fits_is_left_as_it_is(string asked)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync($"{AskedFor},{asked}}}");

        Header(answer, "x-gateway-max-tokens").Should().BeNull();
        Upstream.Request.Body.Should().Be($"{AskedFor},{asked}}}");
    }

    [Fact]
    public async Task Each_of_several_choices_may_be_that_long()
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("monthly_budget = 0.0006");

        using var answer = await WholeAsync(Chat(100, more: ",\"n\":3"));

        Header(answer, "x-gateway-max-tokens").Should().Be("3");
        Upstream.Request.Json.GetProperty("max_tokens").GetInt64().Should().Be(3);
    }

    [Theory]
    [InlineData(0.00006, HttpStatusCode.OK)]
    [InlineData(0.000059999, HttpStatusCode.PaymentRequired)]
    public async Task It_is_at_least_one_token_or_there_is_no_call(double budget, HttpStatusCode status)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync(FormattableString.Invariant($"monthly_budget = {budget:0.000000000}"));

        using var answer = await WholeAsync(Chat(100));

        answer.StatusCode.Should().Be(status);
        if (status == HttpStatusCode.OK)
            Header(answer, "x-gateway-max-tokens").Should().Be("1");
    }

    /// <summary>Providers refuse calls that ask for more than a model gives; where that is not known, it is something that most give.</summary>
    [Theory]
    [InlineData("32768", null, 32768)]
    [InlineData("NULL", null, 4096)]
    [InlineData("32768", 100_000, 32768)]
    public async Task No_budget_asks_for_more_than_the_model_gives(string gives, int? asked, long sent)
    {
        await ServeForOutputAsync();
        await SqlAsync($"UPDATE models SET max_output_tokens = {gives}");
        await LimitedKeyAsync("monthly_budget = 100");

        using var answer = await WholeAsync(Chat(asked));

        Header(answer, "x-gateway-max-tokens").Should().Be($"{sent}");
        Upstream.Request.Json.GetProperty(asked is null ? "max_completion_tokens" : "max_tokens").GetInt64().Should().Be(sent);
    }

    [Theory]
    [InlineData("rate_limit = 10, tokens_per_minute = 1000, soft_budget = 1", 0.00006)]
    [InlineData("monthly_budget = 1", 0)]
    public async Task Where_no_budget_depends_on_it_there_is_none(string limits, double price)
    {
        await ServeForOutputAsync();
        await SqlAsync("UPDATE models SET output_cost_per_token = $1, max_output_tokens = 4096", (decimal)price);
        await LimitedKeyAsync(limits);

        using var answer = await WholeAsync(AskedFor + "}");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Header(answer, "x-gateway-max-tokens").Should().BeNull();
        Upstream.Request.Body.Should().Be(AskedFor + "}");
    }
}
