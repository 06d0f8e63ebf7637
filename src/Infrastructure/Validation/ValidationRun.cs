using System.Text.Json;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>What the checks of one validation share: whom they ask, and what earlier ones have found.</summary>
internal sealed class ValidationRun(ValidationTarget target, GatewayProbe gateway, LogProbe? log, TimeProvider clock)
{
    public ValidationTarget Target { get; } = target;
    public GatewayProbe Gateway { get; } = gateway;

    /// <summary>Null: there is no database to look at.</summary>
    public LogProbe? Log { get; } = log;

    public TimeProvider Clock { get; } = clock;
    public ValidationAdvice Advice { get; } = new(target);

    public ValidationFigures Figures { get; set; } = new();

    /// <summary>What <c>/api/health</c> said.</summary>
    public JsonElement? Health { get; set; }

    /// <summary>Null: the database cannot be reached.</summary>
    public ConnectionLook? Connection { get; set; }

    /// <summary>The call of the third check, whatever came of it.</summary>
    public HttpLook? Call { get; set; }

    /// <summary>When its answer had come, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>Its id; null: it was not answered as it should be.</summary>
    public RequestId? CallId { get; set; }

    public bool RowsFound { get; set; }

    public static ValidationCheck Passed(int? number, string name, string title, string seen) =>
        new(number, name, title, ValidationVerdict.Passed, seen, 0);

    public static ValidationCheck NotTried(int? number, string name, string title, string why) =>
        new(number, name, title, ValidationVerdict.NotTried, why, 0);
}
