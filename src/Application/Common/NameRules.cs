using FluentValidation;

namespace CleanGateway.Application.Common;

/// <summary>What names of things have to be like.</summary>
internal static class NameRules
{
    /// <summary>Something, not longer than that, and without control characters: PostgreSQL has no NUL, and terminals obey the others.</summary>
    public static IRuleBuilderOptions<T, string> IsName<T>(this IRuleBuilder<T, string> rule, int maxLength) => rule
        .NotEmpty()
        .MaximumLength(maxLength)
        .IsPlain();

    /// <summary>No control characters.</summary>
    public static IRuleBuilderOptions<T, string> IsPlain<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(text => text is null || !text.Any(char.IsControl))
        .WithMessage("'{PropertyName}' has control characters: expected text that has none.");
}
