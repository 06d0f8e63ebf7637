using CleanGateway.Application.Usage;

namespace CleanGateway.UnitTests.Application.Usage;

/// <summary>How a question about usage is read, and what is said of one that cannot be.</summary>
public class GetUsageTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 45, 7, TimeSpan.Zero);

    [Fact]
    public void Without_a_word_it_is_about_the_keys_in_this_month_until_now()
    {
        Findings(new GetUsage()).Should().BeEmpty();

        new GetUsage().QuestionAt(Now).Should().BeEquivalentTo(
            new UsageQuestion([UsageGroup.Key], new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), Now, null, null, null));
    }

    /// <summary>Where it is the first already, it may still be the month before in UTC.</summary>
    [Fact]
    public void The_month_is_that_of_UTC_whatever_the_clock_says()
    {
        var abroad = new DateTimeOffset(2026, 12, 1, 1, 0, 0, TimeSpan.FromHours(9));

        new GetUsage().QuestionAt(abroad)!.From.Should().Be(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("2026-11-01", "2026-11-01T00:00:00Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00Z")]
    [InlineData("2026-11-01T06:30Z", "2026-11-01T06:30:00Z")]
    [InlineData("2026-11-01T06:30:15Z", "2026-11-01T06:30:15Z")]
    [InlineData("2026-11-01T06:30:15.1234567Z", "2026-11-01T06:30:15.1234567Z")]
    [InlineData("2026-11-01T00:30:00+02:00", "2026-10-31T22:30:00Z")]
    [InlineData("2026-10-31T22:30:00-05:30", "2026-11-01T04:00:00Z")]
    public void A_date_is_its_beginning_in_UTC_and_a_moment_needs_an_offset(string given, string meant) =>
        UsageQuestion.ParseMoment(given).Should().Be(DateTimeOffset.Parse(meant, null)).And.HaveOffset(TimeSpan.Zero);

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-11")]
    [InlineData("2026-02-29")]
    [InlineData("2026-11-31")]
    [InlineData("01.11.2026")]
    [InlineData("11/01/2026")]
    [InlineData(" 2026-11-01")]
    [InlineData("2026-11-01T06:30:00")]
    [InlineData("2026-11-01 06:30:00Z")]
    [InlineData("2026-11-01T00:30:00 02:00")]
    [InlineData("2026-11-01T25:00:00Z")]
    [InlineData("0001-01-01T00:00:00+02:00")]
    [InlineData("1793491200")]
    [InlineData("2026-11-01,2026-11-02")]
    public void What_could_mean_several_moments_or_none_is_refused(string given)
    {
        var expected = $" is '{given}': expected a date like 2026-11-01";
        Findings(new GetUsage(From: given)).Should().ContainSingle().Which.Should().StartWith($"From: 'from'{expected}");
        Findings(new GetUsage(To: given)).Should().ContainSingle().Which.Should().StartWith($"To: 'to'{expected}");
    }

    [Theory]
    [InlineData("key", UsageGroup.Key)]
    [InlineData("day,key", UsageGroup.Day, UsageGroup.Key)]
    [InlineData("model, project ,day,key", UsageGroup.Model, UsageGroup.Project, UsageGroup.Day, UsageGroup.Key)]
    public void Groups_stay_in_the_order_asked_for(string given, params UsageGroup[] groups) =>
        new GetUsage(given).QuestionAt(Now)!.Groups.Should().Equal(groups);

    [Theory]
    [InlineData("")]
    [InlineData("key,")]
    [InlineData("key,key")]
    [InlineData("Key")]
    [InlineData("0")]
    [InlineData("hour")]
    [InlineData("key;day")]
    public void Unknown_groups_are_refused_by_name(string given) => Findings(new GetUsage(given)).Should().Equal(
        $"GroupBy: 'group_by' is '{given}': expected one or more of key, project, model, day, each once, with commas between them.");

    [Theory]
    [InlineData("2026-11-02", "2026-11-02")]
    [InlineData("2026-11-02", "2026-11-01")]
    [InlineData("2026-11-01T00:00:00Z", "2026-11-01T01:00:00+02:00")]
    public void A_period_ends_after_it_begins(string from, string to) =>
        Findings(new GetUsage(From: from, To: to)).Should().ContainSingle()
            .Which.Should().StartWith("From: ").And.EndWith("expected 'from' to be before 'to'.");

    [Fact]
    public void What_is_left_out_counts_for_the_period_too()
    {
        Findings(new GetUsage(From: "2026-11-22")).Should().ContainSingle().Which.Should().StartWith("From: ").And.Contain("before 'to'");
        Findings(new GetUsage(To: "2026-10-31")).Should().ContainSingle().Which.Should().StartWith("To: ").And.Contain("before 'to'");
    }

    [Theory]
    [InlineData("2021-11-01", "2026-11-01", true)]
    [InlineData("2020-01-01", "2025-01-01", true)]
    [InlineData("2020-01-01", "2025-01-03", false)]
    [InlineData("0001-01-01", "9999-12-31", false)]
    public void Five_years_are_the_most(string from, string to, bool allowed)
    {
        var findings = Findings(new GetUsage(From: from, To: to));

        if (allowed)
            findings.Should().BeEmpty();
        else
            findings.Should().ContainSingle().Which.Should().EndWith("expected no more than five years between them.");
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var query = new GetUsage("week", "soon", "later") { KeyId = "me", ProjectId = "", Model = "", Format = "xml" };

        var findings = Findings(query);

        findings.Select(finding => finding[..finding.IndexOf(':', StringComparison.Ordinal)])
            .Should().Equal("GroupBy", "From", "To", "KeyId", "ProjectId", "Model", "Format");
        findings.Should().OnlyContain(finding => finding.Contains(" is '") && finding.Contains("': expected "));
    }

    [Fact]
    public void What_a_database_cannot_hold_is_no_name_of_a_model() =>
        Findings(new GetUsage { Model = "gpt\04" }).Should().ContainSingle().Which.Should().StartWith("Model: ");

    [Fact]
    public void A_total_is_the_sum_of_every_column()
    {
        UsageRow[] rows =
        [
            new(new Dictionary<string, string?> { ["model"] = "a" }, 1, 2, 3, 5, 4, 6, 0.000000001m, 7, 8),
            new(new Dictionary<string, string?> { ["model"] = "b" }, 10, 20, 30, 50, 40, 60, 99_999_999_999.999999999m, 70, 80),
        ];

        UsageRow.TotalOf(rows).Should().BeEquivalentTo(
            new UsageRow(new Dictionary<string, string?>(), 11, 22, 33, 55, 44, 66, 100_000_000_000m, 77, 88));
        UsageRow.TotalOf([]).Should().BeEquivalentTo(new UsageRow(new Dictionary<string, string?>(), 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    private static IEnumerable<string> Findings(GetUsage query) =>
        new GetUsageValidator(new ManualClock(Now)).Validate(query).Errors.Select(finding => $"{finding.PropertyName}: {finding.ErrorMessage}");
}
