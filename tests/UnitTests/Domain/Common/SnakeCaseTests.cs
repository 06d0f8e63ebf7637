using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Common;

public class SnakeCaseTests
{
    [Theory]
    [InlineData("Limit", "limit")]
    [InlineData("RateLimit", "rate_limit")]
    [InlineData("MonthlyBudget", "monthly_budget")]
    [InlineData("already_there", "already_there")]
    [InlineData("AllowedModels[0]", "allowed_models[0]")]
    public void Names_are_written_in_small_letters_with_underscores(string name, string written) => name.ToSnakeCase().Should().Be(written);

    [Fact]
    public void Outcomes_have_the_words_that_the_log_promises() =>
        Enum.GetValues<ExchangeOutcome>().Select(SnakeCase.ToSnakeCase).Should()
            .Equal("ok", "rejected", "upstream_error", "client_closed", "gateway_error", "gateway_crash", "shutdown");

    [Fact]
    public void Forms_of_bodies_have_the_words_that_the_log_promises() =>
        Enum.GetValues<BodyForm>().Select(SnakeCase.ToSnakeCase).Should().Equal("none", "json", "assembled", "text", "base64", "omitted");

    [Fact]
    public void Reasons_without_a_price_have_the_words_that_the_ledger_promises() =>
        Enum.GetValues<UnpricedReason>().Select(SnakeCase.ToSnakeCase).Should()
            .Equal("no_price", "usage_not_reported", "usage_invalid", "interrupted", "upstream_failed", "amount_too_large");
}
